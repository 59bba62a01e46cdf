//! What a service keeps, as its tables hold it: one aggregate a row, its JSON in a column. For tests that change it behind the
//! service's back, as somebody with the database's password would, journals left alone.

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::journal::Database;

/// One service's tables.
pub struct Tables(Database);

/// One row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its id in the table.
    pub id: String,
    /// What it holds.
    pub body: Value,
}

impl Tables {
    /// Opens those of a service at an address as `--store` takes it.
    pub async fn open(store: &str, service: &str) -> anyhow::Result<Self> {
        Ok(Self(Database::open(store, service).await?))
    }

    /// Every row of a table, in the order of their first storing.
    pub async fn all(&mut self, table: &str) -> anyhow::Result<Vec<Row>> {
        let rows = self.0.texts(&format!("SELECT id, body FROM {table} ORDER BY place"), 2).await?;
        let read =
            |row: Vec<String>| anyhow::Ok(Row { id: row[0].clone(), body: serde_json::from_str(&row[1])? });
        rows.into_iter().map(read).collect()
    }

    /// The first row of a table that is of a kind.
    pub async fn first(&mut self, table: &str, is: impl Fn(&Row) -> bool) -> anyhow::Result<Row> {
        let found = self.all(table).await?.into_iter().find(is);
        found.with_context(|| format!("no row of {table} is of this kind"))
    }

    /// Writes another body into a row.
    pub async fn put(&mut self, table: &str, row: &Row) -> anyhow::Result<()> {
        let (body, id) = (quoted(&row.body.to_string()), quoted(&row.id));
        self.0.run(&format!("UPDATE {table} SET body = {body} WHERE id = {id}")).await
    }

    /// Changes one place in a row, given as a JSON pointer. It must be there.
    pub async fn set(&mut self, table: &str, row: &Row, pointer: &str, to: Value) -> anyhow::Result<()> {
        let mut row = row.clone();
        let place = row.body.pointer_mut(pointer);
        let place = place.with_context(|| format!("{table} {} has no {pointer}", row.id))?;
        ensure!(*place != to, "{table} {} has {to} at {pointer} already", row.id);
        *place = to;
        self.put(table, &row).await
    }

    /// Deletes a row.
    pub async fn delete(&mut self, table: &str, id: &str) -> anyhow::Result<()> {
        let found = self.first(table, |row| row.id == id).await?;
        self.0.run(&format!("DELETE FROM {table} WHERE id = {}", quoted(&found.id))).await
    }

    /// The database under them.
    pub fn database(&mut self) -> &mut Database {
        &mut self.0
    }

    /// Ends the session; what was written is in the database.
    pub async fn close(self) -> anyhow::Result<()> {
        self.0.close().await
    }
}

/// A text as a literal.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
