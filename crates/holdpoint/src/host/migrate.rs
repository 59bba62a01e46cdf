//! Prepares the databases of an installation: a role and a database for each service where a superuser's address is given, then
//! the tables of each, under that service's own role. Running it again changes nothing but passwords.

use anyhow::Context as _;
use holdpoint_journal::Store;

use super::{ROOMS, Stores};

/// Makes what is missing. Answers for each service what that was.
pub async fn migrate(stores: &Stores, superuser: Option<&str>) -> anyhow::Result<Vec<(String, Vec<String>)>> {
    let mut made = Vec::new();
    for room in ROOMS {
        let url = stores.of(room.name)?;
        if let Some(superuser) = superuser {
            let prepared = Store::prepare(superuser, url, room.name).await.map_err(anyhow::Error::from);
            prepared.with_context(|| format!("prepare the database of {}", room.name))?;
        }
        let tables = Store::migrate(url, room.name, (room.tables)()).await.map_err(anyhow::Error::from);
        made.push((room.name.to_owned(), tables.with_context(|| format!("migrate {}", room.name))?));
    }
    Ok(made)
}
