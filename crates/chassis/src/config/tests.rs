//! Settings as an operator meets them: layers and origins, misspelt keys, wrong values, secrets, and what production
//! refuses.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Lamp {
    life_ms: u64,
    colors: Vec<String>,
}

impl Default for Lamp {
    fn default() -> Self {
        Self { life_ms: 5_000, colors: vec!["red".into()] }
    }
}

impl Section for Lamp {
    const NAME: &'static str = "lamp";

    fn check(&self, _: Mode) -> Vec<(&'static str, String)> {
        if (2_000..=30_000).contains(&self.life_ms) {
            return vec![];
        }
        vec![("life_ms", format!("found {}; allowed is 2000 to 30000", self.life_ms))]
    }
}

fn loader() -> Loader {
    Loader::default().knows::<Lamp>()
}

fn variables(pairs: &[(&str, &str)]) -> Sources {
    Sources::none().variables(pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())))
}

fn problems(sources: &Sources) -> Vec<(String, String)> {
    let error = loader().load(sources).unwrap_err();
    error.problems.into_iter().map(|problem| (problem.key, problem.words)).collect()
}

/// Keeps its folder until the test ends.
struct TempFile(#[expect(dead_code, reason = "held, so that the file lives")] tempfile::TempDir, PathBuf);

fn file(name: &str, text: &str) -> TempFile {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    TempFile(folder, path)
}

fn deploy(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/config").join(name)
}

#[test]
fn defaults_alone_are_accepted_in_production() {
    let settings = loader().load(&Sources::none()).unwrap();
    assert_eq!(settings.mode, Mode::Production);
    assert_eq!(settings.server, ServerSettings::default());
    assert_eq!(settings.section::<Lamp>(), Lamp::default());
    assert!(settings.shown().iter().all(|shown| shown.origin == Origin::Default));
    assert_eq!(Settings::default().section::<Lamp>(), Lamp::default());
    let lit = Lamp { life_ms: 9_000, ..Lamp::default() };
    assert_eq!(Settings::default().with_section(lit.clone()).section::<Lamp>(), lit);
}

#[test]
fn flags_beat_variables_beat_files_and_each_value_knows_its_origin() {
    let (base, own) = (
        file(
            "base.toml",
            "mode = \"demo\"\n[server]\nport = 1\nhost = \"::1\"\n[peers]\nsafety = \"http://a:1\"\n[lamp]\nlife_ms = 7000",
        ),
        file("own.toml", "[server]\nport = 2"),
    );
    let sources = variables(&[
        ("HOLDPOINT__SERVER__PORT", "3"),
        ("HOLDPOINT__SERVER__OPERATIONS_PORT", "9"),
        ("HOLDPOINT__PEERS__DOSING", "http://b:2"),
        ("HOLDPOINT__LAMP__COLORS", "blue, green"),
        ("PATH", "/bin"),
    ])
    .file(&base.1)
    .file(&own.1)
    .flag("store.url", "postgres://u:pw-of-ours@db/", "--store");
    let settings = loader().load(&sources).unwrap();
    assert_eq!(
        (settings.mode, settings.server.port, settings.server.operations_port),
        (Mode::Demo, 3, Some(9))
    );
    assert_eq!(settings.server.host, "::1");
    assert_eq!(settings.peers.0.len(), 2);
    assert_eq!(
        settings.section::<Lamp>(),
        Lamp { life_ms: 7_000, colors: vec!["blue".into(), "green".into()] }
    );
    assert_eq!(settings.store.url.expose(), "postgres://u:pw-of-ours@db/");

    let shown = |key: &str| {
        let shown = settings.shown().iter().find(|shown| shown.key == key).unwrap();
        (shown.value.clone(), shown.origin.to_string())
    };
    assert_eq!(shown("server.port"), ("3".into(), "variable HOLDPOINT__SERVER__PORT".into()));
    assert_eq!(shown("server.host").1, format!("file {}", base.1.display()));
    assert_eq!(shown("store.url"), ("postgres://u:(hidden)@db/".into(), "flag --store".into()));
    assert_eq!(shown("server.drain_s"), ("20".into(), "default".into()));
    assert!(!format!("{settings:?}").contains("pw-of-ours"));
}

#[test]
fn everything_wrong_is_told_at_once_with_the_nearest_name() {
    let wrong = file(
        "wrong.toml",
        "[server]\nprot = 1\nport = \"many\"\n[sever]\nhost = \"x\"\n[lamp]\nlife_ms = 1\n[zebra]\nstripes = 3\n[telemetry]\nlevel = \"a=b=c\"",
    );
    let found = problems(
        &variables(&[("HOLDPOINT__STORE__ULR", "x"), ("HOLDPOINT__CLOCK__CIVIL", "sundial")]).file(&wrong.1),
    );
    let words = |key: &str| {
        found.iter().find(|(k, _)| k == key).unwrap_or_else(|| panic!("{key} in {found:?}")).1.clone()
    };
    assert!(words("server.prot").contains("`server.port`"));
    assert!(words("sever.host").contains("`server.host`"));
    assert!(words("store.ulr").contains("`store.url`"));
    assert!(words("zebra.stripes").contains("there are bus, clock"));
    assert!(words("server.port").contains("many"));
    assert!(words("lamp.life_ms").contains("2000 to 30000"));
    assert!(words("clock.civil").contains("allowed are wall and file:<path>"), "{found:?}");
    assert!(words("telemetry.level").contains("allowed"));
    assert_eq!(found.len(), 8, "{found:?}");
    let told = loader().load(&Sources::none().file(&wrong.1)).unwrap_err().to_string();
    assert!(told.contains(&format!("server.prot (file {})", wrong.1.display())), "{told}");
}

#[test]
fn a_section_is_no_value_and_a_missing_or_broken_file_is_named() {
    let flat = file("flat.toml", "server = 3");
    assert!(problems(&Sources::none().file(&flat.1))[0].1.contains("is a section"));
    assert!(problems(&Sources::none().file("/nowhere/x.toml"))[0].1.contains("/nowhere/x.toml"));
    let broken = file("broken.toml", "[server\n");
    assert!(problems(&Sources::none().file(&broken.1))[0].1.contains("broken.toml"));
    assert_eq!(problems(&variables(&[("HOLDPOINT__MODE", "hospital")]))[0].0, "mode");
}

#[test]
fn a_secret_comes_from_a_file_and_from_one_place() {
    let secret = file("store-url", "postgres://u:0123456@db/\n");
    let path = secret.1.to_str().unwrap();
    let settings = loader().load(&variables(&[("HOLDPOINT__STORE__URL_FILE", path)])).unwrap();
    assert_eq!(settings.store.url.password(), Some("0123456"), "digits stay text");
    let shown = settings.shown().iter().find(|shown| shown.key == "store.url").unwrap();
    assert_eq!(shown.origin.to_string(), format!("file {path} named by HOLDPOINT__STORE__URL_FILE"));

    let twice =
        problems(&variables(&[("HOLDPOINT__STORE__URL_FILE", path), ("HOLDPOINT__STORE__URL", "sqlite:x")]));
    assert!(twice[0].1.contains("set twice"), "{twice:?}");
    let absent = problems(&variables(&[("HOLDPOINT__STORE__URL_FILE", "/nowhere/secret")]));
    assert!(absent[0].1.contains("cannot be read"), "{absent:?}");
}

#[test]
fn production_refuses_what_only_a_demo_may_have() {
    for (name, value, key) in [
        ("HOLDPOINT__SERVER__REFLECTION", "open", "server.reflection"),
        ("HOLDPOINT__CLOCK__CIVIL", "file:/tmp/clock", "clock.civil"),
        ("HOLDPOINT__IDENTITY__DEMO_TOKEN", "true", "identity.demo_token"),
        ("HOLDPOINT__STORE__URL", "postgres://postgres:postgres@db/", "store.url"),
        ("HOLDPOINT__STORE__URL", "postgres://postgres:@db/", "store.url"),
        ("HOLDPOINT__BUS__URL", "nats://nats:changeme@bus:4222", "bus.url"),
        ("HOLDPOINT__BUS__SHUFFLE_SEED", "7", "bus.shuffle_seed"),
    ] {
        assert_eq!(problems(&variables(&[(name, value)]))[0].0, key);
        let demo = variables(&[(name, value), ("HOLDPOINT__MODE", "demo")]);
        assert!(loader().load(&demo).is_ok(), "{name} is fine in a demo");
    }
    for (name, value, key) in [
        ("HOLDPOINT__STORE__URL", "", "store.url"),
        ("HOLDPOINT__STORE__URL", "mysql://db/", "store.url"),
        ("HOLDPOINT__BUS__URL", "kafka://db/", "bus.url"),
        ("HOLDPOINT__IDENTITY__TOKEN_MIN", "16", "identity.token_min"),
        ("HOLDPOINT__PEERS__SAFETY", "safety:7400", "peers"),
        ("HOLDPOINT__SERVER__DEADLINE_MS", "60000", "server.deadline_ms"),
    ] {
        assert_eq!(problems(&variables(&[(name, value), ("HOLDPOINT__MODE", "demo")]))[0].0, key);
    }
}

#[test]
fn the_shipped_files_say_what_the_code_does() {
    let base = std::fs::read_to_string(deploy("base.toml")).unwrap();
    assert_eq!(Loader::default().differences(&base), Vec::<String>::new());
    assert!(!Loader::default().differences(&base.replace("port = 7400", "port = 7500")).is_empty());
    assert!(!Loader::default().differences(&base.replace("drain_s = 20", "")).is_empty());
    assert!(!Loader::default().differences(&base.replace("drain_s", "drain_sec")).is_empty());
}

proptest::proptest! {
    #[test]
    fn no_key_is_passed_over_in_silence(section in "[a-z]{1,9}", key in "[a-z](_?[a-z]){0,8}", value in "[a-z0-9]{0,6}") {
        let name = format!("HOLDPOINT__{}__{}", section.to_uppercase(), key.to_uppercase());
        let dotted = format!("{section}.{key}");
        let known = section == "peers" || loader().load(&Sources::none()).unwrap().shown().iter().any(|s| s.key == dotted);
        let loaded = loader().load(&variables(&[(&name, &value)]));
        proptest::prop_assert!(known || loaded.unwrap_err().problems.iter().any(|problem| problem.key == dotted));
    }
}
