//! Planted violations: a small workspace that is tidy, and one change at a time that must not stay unseen.

use std::fs;
use std::path::Path;

use holdpoint_xtask::tidy::{self, Finding, Rpc, Shape};
use tempfile::TempDir;

/// A tidy workspace: a pure crate, plumbing, and two services with all their furniture.
fn tidy_tree() -> TempDir {
    let dir = TempDir::new().expect("a temporary folder");
    plant(dir.path(), "Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n");
    for name in ["protocol", "chassis"] {
        plant_crate(dir.path(), name, "");
    }
    for service in ["dosing", "safety"] {
        plant_crate(dir.path(), service, "holdpoint-protocol = { path = \"../protocol\" }");
        for piece in [
            "config",
            "events",
            "error",
            "domain/mod",
            "commands/mod",
            "queries/mod",
            "reactions/mod",
            "reconcilers/mod",
        ] {
            plant(dir.path(), &format!("crates/{service}/src/{piece}.rs"), "//! A piece of furniture.\n");
        }
        for piece in ["grpc/mod", "grpc/decode", "grpc/encode", "store/mod"] {
            plant(dir.path(), &format!("crates/{service}/src/{piece}.rs"), "//! A piece of furniture.\n");
        }
        plant(dir.path(), &format!("crates/{service}/tests/it/main.rs"), "//! Its tests.\n");
    }
    plant(dir.path(), "tests/golden/shapes/a.B.1.txt", "1 c: string\n2 d: uint32\n");
    dir
}

fn plant_crate(root: &Path, name: &str, dependencies: &str) {
    let toml = format!(
        "[package]\nname = \"holdpoint-{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n{dependencies}\n"
    );
    plant(root, &format!("crates/{name}/Cargo.toml"), &toml);
    plant(root, &format!("crates/{name}/src/lib.rs"), "//! What the crate decides.\n");
}

fn plant(root: &Path, path: &str, text: &str) {
    let file = root.join(path);
    fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    fs::write(file, text).expect("a file");
}

fn good_rpc() -> Rpc {
    Rpc { path: "/a.B/C".into(), permission: "a.b.c".into(), roles: 1, mutating: true, has_act: true }
}

fn good_shape() -> Shape {
    Shape { name: "a.B".into(), lines: vec!["1 c: string".into(), "2 d: uint32".into()] }
}

fn findings(root: &Path) -> Vec<Finding> {
    tidy::run(root, &[good_rpc()], &[good_shape()]).expect("tidy runs")
}

/// One change of the tidy tree is found, by the check named, at the place named, and nothing else is.
fn found(check: &str, place: &str, change: impl FnOnce(&Path)) {
    let dir = tidy_tree();
    change(dir.path());
    let findings = findings(dir.path());
    assert!(!findings.is_empty(), "{check} found nothing");
    for finding in &findings {
        assert!(finding.check == check && finding.place.starts_with(place), "unexpected: {finding}");
    }
}

#[test]
fn the_planted_tree_is_tidy_before_the_change() {
    assert_eq!(findings(tidy_tree().path()), []);
}

#[test]
fn a_service_that_imports_a_service() {
    found("layers", "holdpoint-dosing", |root| {
        plant_crate(root, "dosing", "holdpoint-safety = { path = \"../safety\" }");
    });
}

#[test]
fn a_lower_tier_that_imports_a_higher() {
    found("layers", "holdpoint-protocol", |root| {
        plant_crate(root, "protocol", "holdpoint-chassis = { path = \"../chassis\" }");
    });
}

#[test]
fn plumbing_that_knows_of_trials() {
    found("layers", "holdpoint-chassis", |root| {
        plant_crate(root, "chassis", "holdpoint-protocol = { path = \"../protocol\" }");
    });
}

#[test]
fn a_pure_crate_with_a_runtime() {
    found("layers", "holdpoint-protocol", |root| plant_crate(root, "protocol", "tokio = \"1\""));
}

#[test]
fn a_crate_of_no_tier() {
    found("layers", "holdpoint-cellar", |root| plant_crate(root, "cellar", ""));
}

#[test]
fn the_test_kit_in_what_is_shipped() {
    found("layers", "holdpoint-dosing", |root| {
        plant_crate(root, "testkit", "");
        plant_crate(root, "dosing", "holdpoint-testkit = { path = \"../testkit\" }");
    });
}

#[test]
fn a_decision_that_reads_a_file_a_clock_or_protobuf() {
    for impure in [
        "use std::fs;",
        "let now = jiff::Timestamp::now();",
        "use holdpoint_api::dosing;",
        "use std::collections::HashMap;",
    ] {
        found("purity", "crates/dosing/src/domain/lot.rs:2", |root| {
            plant(root, "crates/dosing/src/domain/lot.rs", &format!("//! A lot.\n{impure}\n"));
        });
    }
}

#[test]
fn an_impure_word_in_a_comment_a_string_or_a_test_is_none() {
    let dir = tidy_tree();
    let text = "//! No tokio here.\nconst A: &str = \"std::fs\";\n#[cfg(test)]\nmod tests { use std::fs; }\n";
    plant(dir.path(), "crates/dosing/src/domain/lot.rs", text);
    assert_eq!(findings(dir.path()), []);
}

#[test]
fn a_file_and_a_function_that_grew() {
    found("sizes", "crates/dosing/src/lib.rs", |root| {
        plant(root, "crates/dosing/src/lib.rs", &format!("//! Long.\n{}", "const A: u8 = 1;\n".repeat(600)));
    });
    found("sizes", "crates/dosing/src/lib.rs:2", |root| {
        let body = "    let a = 1;\n".repeat(80);
        plant(root, "crates/dosing/src/lib.rs", &format!("//! Long.\nfn long() {{\n{body}}}\n"));
    });
}

#[test]
fn a_file_that_does_not_say_what_it_decides() {
    found("headers", "crates/safety/src/lib.rs", |root| {
        plant(root, "crates/safety/src/lib.rs", "pub mod x {}\n")
    });
    found("headers", "crates/safety/src/lib.rs", |root| plant(root, "crates/safety/src/lib.rs", "//!\n"));
}

#[test]
fn words_that_do_not_belong() {
    let comment = |words: &str| format!("//! A lot.\n// {words}\n");
    for words in ["This is no longer used.", "TODO later", "see /home/ann/x"] {
        found("words", "crates/dosing/src/config.rs:2", |root| {
            plant(root, "crates/dosing/src/config.rs", &comment(words));
        });
    }
    found("words", "Cargo.lock:1", |root| {
        plant(root, "Cargo.lock", "source = \"registry+https://mirror.example/index\"\n");
    });
}

#[test]
fn a_room_with_missing_or_foreign_furniture() {
    found("rooms", "crates/safety/src/events.rs", |root| {
        fs::remove_file(root.join("crates/safety/src/events.rs")).expect("removed");
    });
    found("rooms", "crates/safety/src/helpers", |root| {
        plant(root, "crates/safety/src/helpers.rs", "//! A drawer.\n");
    });
}

#[test]
fn an_rpc_without_permission_role_or_request_id() {
    let dir = tidy_tree();
    let changes: [fn(&mut Rpc); 4] = [
        |rpc| rpc.permission.clear(),
        |rpc| rpc.roles = 0,
        |rpc| rpc.has_act = false,
        |rpc| rpc.mutating = false,
    ];
    for change in changes {
        let mut rpc = good_rpc();
        change(&mut rpc);
        let findings = tidy::run(dir.path(), &[rpc], &[good_shape()]).expect("tidy runs");
        assert_eq!(findings.iter().map(|finding| finding.check).collect::<Vec<_>>(), ["contract"]);
    }
}

#[test]
fn a_published_shape_that_changed() {
    let dir = tidy_tree();
    let look = |lines: &[&str]| {
        let shape = Shape { lines: lines.iter().map(|line| (*line).to_owned()).collect(), ..good_shape() };
        let findings = tidy::run(dir.path(), &[good_rpc()], std::slice::from_ref(&shape)).expect("tidy runs");
        assert!(
            findings.iter().all(|finding| finding.check == "shapes" && finding.place == "a.B"),
            "{findings:?}"
        );
        (findings.len(), tidy::shapes::write(dir.path(), &[shape]).expect("written").len())
    };
    assert_eq!(look(&["1 c: string", "2 d: uint32"]), (0, 0));
    assert_eq!(look(&["1 c: string", "2 d: uint64"]), (1, 0), "another type");
    assert_eq!(look(&["1 e: string", "2 d: uint32"]), (1, 0), "another name");
    assert_eq!(look(&["1 c: string", "3 d: uint32", "4 f: bool"]), (1, 0), "another number");
    assert_eq!(look(&["1 c: string"]), (1, 0), "a field is gone");
    assert_eq!(
        look(&["1 c: string", "2 d: uint32", "3 f: bool"]),
        (1, 1),
        "a field was added, and is written down"
    );
    assert_eq!(look(&["1 c: string", "2 d: uint32", "3 f: bool"]), (0, 0));
    assert_eq!(look(&["1 c: string", "2 d: uint32"]), (1, 0), "what was added stays too");
}

#[test]
fn a_published_shape_that_is_gone() {
    found("shapes", "a.Gone", |root| plant(root, "tests/golden/shapes/a.Gone.1.txt", "1 c: string\n"));
}
