//! What the compose file says of each container, read back from the engine: what is written in a file and not in force hardens
//! nothing.

use anyhow::ensure;
use serde_json::Value;

use super::house::House;
use super::images::inspect;

/// Every container of the published file that runs without a profile, and whether it lives.
const CONTAINERS: &[(&str, bool)] = &[
    ("enrollment", true),
    ("dosing", true),
    ("safety", true),
    ("labs", true),
    ("followup", true),
    ("postgres", true),
    ("nats", true),
    ("migrate", false),
    ("init", false),
    ("volumes", false),
];

/// One key: how it is called, and whether it is as it must be.
type Key = (&'static str, fn(&Value) -> bool);

const KEYS: &[Key] = &[
    ("user is not root", |seen| {
        !matches!(seen["Config"]["User"].as_str(), None | Some("" | "0" | "root" | "0:0"))
    }),
    ("read_only", |seen| seen["HostConfig"]["ReadonlyRootfs"] == true),
    ("cap_drop ALL", |seen| holds(&seen["HostConfig"]["CapDrop"], "ALL")),
    ("no cap_add", |seen| seen["HostConfig"]["CapAdd"].as_array().is_none_or(Vec::is_empty)),
    ("not privileged", |seen| seen["HostConfig"]["Privileged"] == false),
    ("no-new-privileges", |seen| holds(&seen["HostConfig"]["SecurityOpt"], "no-new-privileges")),
    ("memory limit", |seen| above_zero(&seen["HostConfig"]["Memory"])),
    ("CPU limit", |seen| above_zero(&seen["HostConfig"]["NanoCpus"])),
    ("pids limit", |seen| above_zero(&seen["HostConfig"]["PidsLimit"])),
    ("log rotation", |seen| {
        let config = &seen["HostConfig"]["LogConfig"]["Config"];
        config["max-size"].is_string() && config["max-file"].is_string()
    }),
    ("/tmp in memory, nothing runs from it", |seen| {
        seen["HostConfig"]["Tmpfs"]["/tmp"].as_str().is_some_and(|options| options.contains("noexec"))
    }),
    ("not the host's network or processes", |seen| {
        seen["HostConfig"]["NetworkMode"] != "host" && seen["HostConfig"]["PidMode"] != "host"
    }),
    ("no secret in the environment", |seen| {
        let all = seen["Config"]["Env"].as_array().into_iter().flatten().filter_map(Value::as_str);
        !all.clone().any(|set| set.contains("://") && set.contains('@'))
            && !all.clone().any(|set| set.contains("=SU"))
    }),
    ("ports open to this machine alone", |seen| {
        let ports =
            seen["HostConfig"]["PortBindings"].as_object().into_iter().flat_map(|ports| ports.values());
        ports.flat_map(|all| all.as_array().into_iter().flatten()).all(|port| port["HostIp"] == "127.0.0.1")
    }),
];

/// For containers that live.
const LIVING: &[Key] = &[
    ("restart policy", |seen| seen["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"),
    ("health check", |seen| seen["State"]["Health"]["Status"] == "healthy"),
];

/// Looks at every key of every container. Answers how many were looked at.
pub(super) fn check(house: &House) -> anyhow::Result<usize> {
    let mut looked = 0;
    for (name, lives) in CONTAINERS {
        let seen = inspect(&house.container(name)?)?;
        let living = if *lives { LIVING } else { &[] };
        for (key, well) in KEYS.iter().chain(living) {
            ensure!(well(&seen), "{name}: `{key}` is not in force on the running container");
            looked += 1;
        }
    }
    let inside = inspect(&format!("{}_inside", house.project()))?;
    ensure!(inside["Internal"] == true, "the network `inside` reaches the world");
    for name in ["postgres", "nats"] {
        let networks = inspect(&house.container(name)?)?["NetworkSettings"]["Networks"].clone();
        let count = networks.as_object().map_or(0, serde_json::Map::len);
        ensure!(count == 1, "{name} is in {count} networks; it belongs inside alone");
        looked += 1;
    }
    Ok(looked + 1)
}

fn holds(list: &Value, wanted: &str) -> bool {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).any(|found| found.starts_with(wanted))
}

fn above_zero(number: &Value) -> bool {
    number.as_i64().is_some_and(|number| number > 0)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    fn read(file: &str) -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        std::fs::read_to_string(root.join(file)).unwrap()
    }

    /// The image of a line, its variables replaced by their defaults.
    fn image(line: &str) -> Option<&str> {
        let image = line.trim().strip_prefix("image:")?.trim();
        Some(image.split_once(":-").map_or(image, |(_, default)| default.trim_end_matches('}')))
    }

    #[test]
    fn a24_every_published_image_is_pinned_to_a_release() {
        let mut looked = 0;
        for file in ["docker-compose.yml", "deploy/compose/three-nats.yml"] {
            for image in read(file).lines().filter_map(image) {
                let tag = image.rsplit('/').next().and_then(|name| name.split_once(':')).map(|(_, tag)| tag);
                let tag = tag.unwrap_or_else(|| panic!("{file}: {image} has no tag"));
                let digits = tag.chars().filter(char::is_ascii_digit).count();
                assert!(digits >= 2 && !tag.contains("latest"), "{file}: {image} floats");
                looked += 1;
            }
        }
        assert!(looked >= 7, "{looked} images");
    }

    #[test]
    fn a24_the_bus_is_a_release_without_the_known_holes() {
        let compose = read("docker-compose.yml");
        let nats = compose.lines().filter_map(image).find(|image| image.contains("nats:")).unwrap();
        let version: Vec<u32> =
            nats.rsplit(':').next().unwrap().split(['.', '-']).filter_map(|part| part.parse().ok()).collect();
        assert!(version >= vec![2, 11, 16] && (version < vec![2, 12] || version >= vec![2, 12, 7]), "{nats}");
    }

    #[test]
    fn a27_nothing_published_runs_as_a_demo_or_opens_what_it_must_not() {
        let compose = read("docker-compose.yml");
        for forbidden in [
            "MODE: demo",
            "MODE: test",
            "privileged",
            "network_mode: host",
            "0.0.0.0:",
            "REFLECTION",
            "DEMO_TOKEN",
            "cap_add:",
        ] {
            assert!(
                !compose.lines().any(|line| !line.trim().starts_with('#') && line.contains(forbidden)),
                "{forbidden}"
            );
        }
        assert!(read("deploy/config/production.toml").contains("reflection = \"closed\""));
        assert!(
            read("deploy/nats/nats.conf").lines().all(|line| !line.trim_start().starts_with("no_auth_user"))
        );
    }
}
