//! What an installation begins with: secrets that are made once, databases that are made before the services start, and services
//! that refuse to start without either.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use holdpoint_testkit::servers;
use sqlx::{Connection as _, Executor as _, PgConnection};

use super::program::{Ran, holdpoint, holdpoint_with};

const SERVICES: [&str; 5] = ["enrollment", "dosing", "safety", "labs", "followup"];

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn secrets(folder: &Path, words: &[&str]) -> Ran {
    holdpoint(&[&["init", "secrets", folder.to_str().unwrap()], words].concat())
}

#[test]
fn secrets_are_made_once_for_their_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("secrets");
    let made = secrets(&folder, &[]);
    assert_eq!(made.code, 0, "{}", made.err);
    assert_eq!((mode(&folder), mode(&folder.join("public"))), (0o700, 0o755));
    let mut contents = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            contents.push(fs::read_to_string(&path).unwrap());
        }
    }
    assert_eq!(contents.len(), 6 + 6 + 6 + 5, "keys, addresses, NATS keys, and five more");
    let all = contents.len();
    contents.sort();
    contents.dedup();
    assert_eq!(contents.len(), all, "two secrets are the same");
    let told = format!("{}{}", made.out, made.err);
    assert!(contents.iter().all(|secret| !told.contains(secret.trim())), "a secret was printed");
    for name in SERVICES.iter().chain(&["issuer"]) {
        assert!(
            folder.join(format!("public/{name}.pub")).is_file()
                && !folder.join(format!("{name}.pub")).exists()
        );
    }
    let before = fs::read_to_string(folder.join("dosing.key")).unwrap();
    fs::remove_file(folder.join("issuer.key")).unwrap();
    let again = secrets(&folder, &[]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("never overwritten") && again.err.contains("dosing.key"), "{}", again.err);
    assert_eq!(fs::read_to_string(folder.join("dosing.key")).unwrap(), before);
    assert!(!folder.join("issuer.key").exists(), "nothing is made beside what is there");
}

#[test]
fn an_address_says_where_and_how_the_database_is_reached() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("secrets");
    let words = ["--postgres", "db.hospital:6432", "--postgres-options", "sslmode=verify-full"];
    assert_eq!(secrets(&folder, &words).code, 0);
    let url = fs::read_to_string(folder.join("safety.store-url")).unwrap();
    assert!(url.starts_with("postgres://holdpoint_safety:"), "{url}");
    assert!(url.trim().ends_with("@db.hospital:6432/holdpoint?sslmode=verify-full"), "{url}");
    let owner = secrets(&dir.path().join("other"), &["--owner", "root"]);
    assert!(owner.code == 2 && owner.err.contains("in numbers"), "{}", owner.err);
}

/// Secrets whose addresses lead to a server of the test run, with databases of this test's own.
fn installed(dir: &Path, server: &str) -> std::path::PathBuf {
    let folder = dir.join("secrets");
    let own = servers::unique();
    assert_eq!(secrets(&folder, &[]).code, 0);
    let host = server.split('@').nth(1).unwrap().split('/').next().unwrap();
    for name in SERVICES {
        let path = folder.join(format!("{name}.store-url"));
        let url =
            fs::read_to_string(&path).unwrap().replace("postgres:5432/holdpoint", &format!("{host}/i{own}"));
        fs::write(&path, url.replace("holdpoint_", &format!("r{own}_"))).unwrap();
    }
    fs::write(folder.join("postgres.store-url"), format!("postgres://postgres@{host}/postgres")).unwrap();
    folder
}

fn migrate(folder: &Path) -> Ran {
    let superuser = folder.join("postgres.store-url");
    holdpoint(&["migrate", "--urls", folder.to_str().unwrap(), "--superuser", superuser.to_str().unwrap()])
}

async fn database(folder: &Path, service: &str) -> PgConnection {
    let url = fs::read_to_string(folder.join(format!("{service}.store-url"))).unwrap();
    PgConnection::connect(&format!("{}_{service}", url.trim())).await.unwrap()
}

#[tokio::test]
async fn f41_databases_are_made_once_whoever_asks_and_how_often() {
    let Some(server) = servers::postgres() else { return };
    let dir = tempfile::tempdir().unwrap();
    let folder = installed(dir.path(), &server);
    let ends: Vec<Ran> = std::thread::scope(|scope| {
        let both: Vec<_> = (0..2).map(|_| scope.spawn(|| migrate(&folder))).collect();
        both.into_iter().map(|one| one.join().unwrap()).collect()
    });
    for ran in &ends {
        assert_eq!(ran.code, 0, "one of two at once: {}", ran.err);
    }
    let again = migrate(&folder);
    assert_eq!(again.code, 0, "{}", again.err);
    assert_eq!(again.out.matches("up to date").count(), 5, "{}", again.out);
    let mut dosing = database(&folder, "dosing").await;
    let names = "ARRAY['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout']";
    let text = format!("SELECT current_setting(name) FROM unnest({names}) AS name");
    let limits: Vec<String> =
        sqlx::query_scalar(sqlx::AssertSqlSafe(text)).fetch_all(&mut dosing).await.unwrap();
    assert_eq!(limits, ["5s", "2s", "10s"]);
    let powers: (bool, bool, bool) = sqlx::query_as(
        "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user",
    )
    .fetch_one(&mut dosing)
    .await
    .unwrap();
    assert_eq!(powers, (false, false, false));
    let open: bool =
        sqlx::query_scalar("SELECT has_database_privilege('public', current_database(), 'CONNECT')")
            .fetch_one(&mut dosing)
            .await
            .unwrap();
    assert!(!open, "every role may connect to dosing's database");
}

#[tokio::test]
async fn f41_a_later_schema_is_refused_and_a_missing_one_is_not_made_by_a_service() {
    let Some(server) = servers::postgres() else { return };
    let dir = tempfile::tempdir().unwrap();
    let folder = installed(dir.path(), &server);
    let url = fs::read_to_string(folder.join("dosing.store-url")).unwrap();
    assert_eq!(holdpoint(&["keys", "--keys", dir.path().join("keys").to_str().unwrap()]).code, 0);
    let serve = || {
        let keys = dir.path().join("keys");
        let set = [
            ("HOLDPOINT__STORE__URL", url.trim()),
            // The program of these tests has failpoints, with which none serves in production.
            ("HOLDPOINT__MODE", "test"),
            ("HOLDPOINT__STORE__MIGRATE", "false"),
            ("HOLDPOINT__IDENTITY__KEYS", keys.to_str().unwrap()),
        ];
        let peers = SERVICES.map(|name| {
            (format!("HOLDPOINT__PEERS__{}", name.to_uppercase()), "http://127.0.0.1:9".to_owned())
        });
        let peers = peers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        holdpoint_with(&["serve", "dosing", "--port", "0"], &set.into_iter().chain(peers).collect::<Vec<_>>())
    };
    let mut admin =
        PgConnection::connect(fs::read_to_string(folder.join("postgres.store-url")).unwrap().trim())
            .await
            .unwrap();
    let (role, name) = {
        let role = url.trim_start_matches("postgres://").split(':').next().unwrap().to_owned();
        let name = format!("{}_dosing", url.trim().rsplit('/').next().unwrap());
        (role, name)
    };
    admin.execute(sqlx::AssertSqlSafe(format!("CREATE ROLE \"{role}\" LOGIN; "))).await.unwrap();
    admin.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE \"{name}\" OWNER \"{role}\""))).await.unwrap();
    let early = serve();
    assert_eq!(early.code, 1);
    assert!(early.err.contains("holdpoint migrate"), "{}", early.err);
    assert_eq!(migrate(&folder).code, 0);
    let mut dosing = database(&folder, "dosing").await;
    dosing.execute("UPDATE journal_schema SET version = 99 WHERE name = 'journal'").await.unwrap();
    for ran in [serve(), migrate(&folder)] {
        assert_eq!(ran.code, 1);
        assert!(
            ran.err.contains("version 99") && ran.err.contains("start the program that wrote it"),
            "{}",
            ran.err
        );
    }
}

#[test]
fn a27_production_refuses_to_start_with_what_only_a_demo_may_have() {
    for (set, word) in [
        (("HOLDPOINT__IDENTITY__DEMO_TOKEN", "true"), "identity.demo_token"),
        (("HOLDPOINT__SERVER__REFLECTION", "open"), "server.reflection"),
        (("HOLDPOINT__STORE__URL", "postgres://holdpoint:changeme@db/"), "store.url"),
        (("HOLDPOINT__BUS__URL", "nats://nats:4222"), "bus.nkey"),
        (("HOLDPOINT__BUS__URL", "nats://x:nats@nats:4222"), "bus.url"),
        (("HOLDPOINT__CLOCK__CIVIL", "file:/tmp/clock"), "clock.civil"),
        (("HOLDPOINT__BUS__SHUFFLE_SEED", "1"), "bus.shuffle_seed"),
        (("HOLDPOINT__LABS__NUMBER_KEY", "short"), "labs.number_key"),
    ] {
        for line in [&["up"][..], &["serve", "safety"]] {
            let ran = holdpoint_with(line, &[set]);
            assert_eq!(ran.code, 1, "{line:?} starts with {set:?}");
            assert!(ran.err.contains(word) && ran.err.contains("refused"), "{}", ran.err);
            assert!(!ran.err.contains("changeme"), "the secret is told: {}", ran.err);
        }
    }
}
