//! Each subcommand: what it prints, what it refuses, and the exit code.

use std::fs;
use std::time::Duration;

use holdpoint_chassis::clock::MachineClock;
use holdpoint_chassis::identity::{Keyring, Role};

use super::program::{holdpoint, holdpoint_with, root};

#[test]
fn every_trial_file_of_the_house_is_well_formed() {
    let mut checked = 0;
    for entry in fs::read_dir(root().join("deploy/protocols")).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|ending| ending == "toml") {
            let ran = holdpoint(&["protocol", "check", file.to_str().unwrap()]);
            assert_eq!(ran.code, 0, "{}: {}", file.display(), ran.err);
            checked += 1;
        }
    }
    assert_eq!(checked, 10);
}

#[test]
fn a_wrong_trial_file_is_named_with_line_and_what_is_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(root().join("deploy/protocols/pgf-msc.toml")).unwrap();
    fs::create_dir(dir.path().join("dictionary")).unwrap();
    for name in ["common", "hsct", "ich"] {
        let from = root().join(format!("deploy/protocols/dictionary/{name}.toml"));
        fs::copy(from, dir.path().join(format!("dictionary/{name}.toml"))).unwrap();
    }
    let wrong = text.replace("then   = [\"suspend trial\"", "then   = [\"suspend trail\"");
    let line = 1 + text.lines().position(|line| line.contains("\"suspend trial\"")).unwrap();
    let file = dir.path().join("wrong.toml");
    fs::write(&file, wrong).unwrap();
    let ran = holdpoint(&["protocol", "check", file.to_str().unwrap()]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains(&format!("wrong.toml:{line}:")), "{}", ran.err);
    assert!(ran.err.contains("suspend trial"), "{}", ran.err);
}

#[test]
fn a_version_is_explained_hashed_and_compared() {
    let file = "deploy/protocols/pgf-msc.toml";
    for lang in ["en", "zh"] {
        let ran = holdpoint(&["protocol", "explain", file, "--lang", lang]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(ran.out.lines().count() > 50);
    }
    let hash = holdpoint(&["protocol", "hash", file]);
    assert!(
        hash.out.starts_with("pgf-msc@1.0#") && hash.out.trim().len() == "pgf-msc@1.0#".len() + 64,
        "{}",
        hash.out
    );
    let same = holdpoint(&["protocol", "diff", file, file]);
    assert_eq!((same.code, same.out.trim()), (0, ""));
}

#[test]
fn a_token_says_who_and_in_which_roles_and_is_short() {
    let dir = tempfile::tempdir().unwrap();
    let keys = dir.path().join("keys");
    let keys = keys.to_str().unwrap();
    assert_eq!(holdpoint(&["keys", "--keys", keys]).code, 0);
    let again = holdpoint(&["keys", "--keys", keys]);
    assert!(again.out.starts_with("all keys are in"), "{}", again.out);
    let ran = holdpoint(&[
        "token",
        "--principal",
        "yan",
        "--role",
        "bedside-nurse",
        "--keys",
        keys,
        "--minutes",
        "5",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ring = Keyring::load(keys.as_ref()).unwrap();
    let (token, now) = (ran.out.trim(), MachineClock::new().wall());
    let actor = ring.verify(token, now).unwrap();
    assert!(actor.principal == "yan" && actor.has(Role::BedsideNurse));
    assert!(ring.verify(token, now.checked_add(Duration::from_secs(301)).unwrap()).is_err());
}

#[test]
fn a_token_for_a_service_an_unknown_role_or_an_hour_is_refused() {
    let service = holdpoint(&["token", "--principal", "safety", "--role", "service"]);
    assert!(service.code == 1 && service.err.contains("no role for a person"), "{}", service.err);
    let unknown = holdpoint(&["token", "--principal", "x", "--role", "surgeon"]);
    assert!(unknown.code == 2 && unknown.err.contains("bedside-nurse"), "{}", unknown.err);
    assert_eq!(holdpoint(&["token", "--principal", "x", "--role", "auditor", "--minutes", "60"]).code, 2);
}

#[test]
fn settings_are_shown_with_their_origin_and_an_unknown_key_with_the_nearest() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("house.toml");
    fs::write(&file, "[server]\nport = 7777\n").unwrap();
    let line = ["config", "show", "--origin", "--config", file.to_str().unwrap(), "--bus", "nats://n:4222"];
    let nameless = holdpoint(&line);
    assert!(nameless.code == 1 && nameless.err.contains("bus.nkey"), "{}", nameless.err);
    let ran = holdpoint_with(&line, &[("HOLDPOINT__MODE", "test")]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let line = |key: &str| ran.out.lines().find(|line| line.starts_with(key)).unwrap_or_default().to_owned();
    assert!(
        line("server.port").contains("7777") && line("server.port").contains("house.toml"),
        "{}",
        ran.out
    );
    assert!(line("bus.url").contains("--bus") && line("server.host").contains("default"), "{}", ran.out);
    fs::write(&file, "[server]\nprot = 7777\n").unwrap();
    let ran = holdpoint(&["config", "show", "--config", file.to_str().unwrap()]);
    assert!(ran.code == 1 && ran.err.contains("server.port"), "{}", ran.err);
}

#[test]
fn a_service_without_its_peers_or_with_another_name_does_not_start() {
    let alone = holdpoint(&["serve", "dosing"]);
    assert!(alone.code == 1 && alone.err.contains("HOLDPOINT__PEERS__"), "{}", alone.err);
    let unknown = holdpoint(&["serve", "billing"]);
    assert!(unknown.code == 1 && unknown.err.contains("enrollment, dosing, safety"), "{}", unknown.err);
}

#[test]
fn a_journal_that_is_not_there_is_no_verified_one() {
    let dir = tempfile::tempdir().unwrap();
    let ran = holdpoint(&["journal", "verify", "--peers", "--store", dir.path().to_str().unwrap()]);
    assert!(ran.code == 1 && ran.err.contains("enrollment.db"), "{}", ran.err);
}

#[test]
fn a_document_that_nobody_answers_is_none() {
    let dir = tempfile::tempdir().unwrap();
    let keys = dir.path().join("keys");
    let keys = keys.to_str().unwrap();
    assert_eq!(holdpoint(&["keys", "--keys", keys]).code, 0);
    let house = ["--trial", "t", "--principal", "song", "--keys", keys, "--port", "1"];
    for line in [&["holds", "document", "h-1", "--html"][..], &["holds", "list"]] {
        let ran = holdpoint(&[line, &house].concat());
        assert!(
            ran.code == 3 && ran.out.is_empty() && ran.err.contains("safety did not answer"),
            "{}",
            ran.err
        );
    }
    let both = holdpoint(&[&["holds", "document", "h-1", "--html", "--json"][..], &house].concat());
    assert_eq!(both.code, 2);
}

#[test]
fn a_service_that_does_not_answer_is_not_healthy() {
    let ran = holdpoint(&["healthcheck", "--address", "http://127.0.0.1:1"]);
    assert!(ran.code == 1 && ran.err.contains("does not answer"), "{}", ran.err);
}
