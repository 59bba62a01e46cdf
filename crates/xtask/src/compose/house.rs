//! A hospital's folder: the compose file, what it mounts, and secrets of its own; and what one does with it.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use holdpoint_chassis::clock::MachineClock;
use serde_json::Value;
use tempfile::TempDir;

use super::engine::{Engine, docker, said};
use super::images::{Images, copy, inspect};

/// The services, in the order of their ports.
pub(super) const SERVICES: [&str; 5] = ["enrollment", "dosing", "safety", "labs", "followup"];
/// Who has to live: the services and what they stand on.
pub(super) const LIVING: [&str; 7] =
    ["postgres", "nats", "enrollment", "dosing", "safety", "labs", "followup"];
/// Who runs once.
const ONCE: [&str; 3] = ["volumes", "migrate", "init"];
/// Between two looks at health.
const LOOK: Duration = Duration::from_millis(500);

/// The folder and its project.
pub(super) struct House {
    engine: Engine,
    images: Images,
    folder: TempDir,
    project: String,
    ports: BTreeMap<&'static str, u16>,
    overlays: std::cell::RefCell<Vec<String>>,
}

impl House {
    /// Lays the folder out and has the image make its secrets, by the line that the compose file's head gives.
    pub(super) fn stage(root: &Path, engine: Engine, images: Images, project: &str) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("holdpoint-hospital-").tempdir()?;
        for part in ["docker-compose.yml", "deploy"] {
            copy(&root.join(part), folder.path())?;
        }
        said(Command::new("chmod").args(["-R", "a+rX"]).arg(folder.path()))?;
        fs::create_dir(folder.path().join("clock"))?;
        let ports = SERVICES.iter().map(|name| Ok((*name, free_port()?))).collect::<anyhow::Result<_>>()?;
        let house =
            Self { engine, images, folder, project: project.to_owned(), ports, overlays: Default::default() };
        house.make_secrets()?;
        // A run that was cut off may have left its containers and volumes behind.
        house.down()?;
        Ok(house)
    }

    fn make_secrets(&self) -> anyhow::Result<()> {
        let here = format!("{}:/here", self.folder.path().display());
        let run =
            ["run", "--rm", "--user", "0", "--network", "none", "--cap-drop", "ALL", "--cap-add", "CHOWN"];
        let also = ["--cap-add", "DAC_OVERRIDE", "-v", &here, "-w", "/here", &self.images.ours];
        let line = [
            "init",
            "secrets",
            "secrets",
            "--owner",
            "65532",
            "--postgres-owner",
            "999",
            "--grafana-owner",
            "472",
        ];
        docker(&[&run[..], &also, &line].concat()).context("make the secrets")?;
        let again = docker(&[&run[..], &also, &line].concat());
        ensure!(again.is_err(), "secrets were made over secrets that were there");
        Ok(())
    }

    /// Where it is.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Address of a service, from outside.
    pub(super) fn addresses(&self) -> BTreeMap<&'static str, String> {
        self.ports.iter().map(|(name, port)| (*name, format!("http://127.0.0.1:{port}"))).collect()
    }

    /// A compose command of this project.
    fn compose(&self) -> Command {
        let mut compose = self.engine.compose();
        compose.args(["-p", &self.project, "-f", "docker-compose.yml"]);
        for overlay in self.overlays.borrow().iter() {
            compose.args(["-f", overlay]);
        }
        self.dress(&mut compose);
        compose
    }

    /// What the compose file is told: our images, and ports that are free here.
    fn dress(&self, compose: &mut Command) {
        compose.current_dir(self.folder.path()).env("HOLDPOINT_IMAGE", &self.images.ours);
        compose
            .env("HOLDPOINT_POSTGRES_IMAGE", &self.images.postgres)
            .env("HOLDPOINT_NATS_IMAGE", &self.images.nats);
        compose.env("HOLDPOINT_ADDRESS", "127.0.0.1");
        for (place, (name, port)) in self.ports.iter().enumerate() {
            compose.env(format!("HOLDPOINT_PORT_{}", name.to_uppercase()), port.to_string());
            let tls = 17_441 + place;
            compose.env(format!("HOLDPOINT_TLS_PORT_{}", name.to_uppercase()), tls.to_string());
        }
    }

    /// Runs lines of a shell in the folder, in which `holdpoint` is what the README makes it: the tools of this project.
    pub(super) fn shell(&self, lines: &str) -> anyhow::Result<String> {
        let tools = format!("{} -p {} run --rm -T tools", self.engine.shown(), self.project);
        let mut shell = Command::new("sh");
        shell.args(["-euc", &format!("holdpoint() {{ {tools} \"$@\"; }}\n{lines}")]);
        self.dress(&mut shell);
        said(&mut shell)
    }

    /// The same as a person types it.
    pub(super) fn line(&self, words: &[&str]) -> String {
        format!(
            "cd {} && {} -p {} {}",
            self.folder.path().display(),
            self.engine.shown(),
            self.project,
            words.join(" ")
        )
    }

    /// Brings it up, with overlays of deploy/compose.
    pub(super) fn up(&self, overlays: &[&str]) -> anyhow::Result<()> {
        let files = overlays.iter().map(|name| format!("deploy/compose/{name}.yml"));
        *self.overlays.borrow_mut() = files.collect();
        said(self.compose().args(["up", "--detach"])).context("bring it up").map(drop)
    }

    /// Restarts everything that lives.
    pub(super) fn restart(&self) -> anyhow::Result<()> {
        said(self.compose().arg("restart").args(LIVING)).context("restart the whole").map(drop)
    }

    /// Takes it down, with all that it kept.
    pub(super) fn down(&self) -> anyhow::Result<()> {
        said(self.compose().args(["down", "--volumes", "--remove-orphans"])).context("take it down").map(drop)
    }

    /// Leaves the folder where it is.
    pub(super) fn forget(self) {
        let _ = self.folder.keep();
    }

    /// Runs one of the tools, and answers what it printed.
    pub(super) fn tool(&self, words: &[&str]) -> anyhow::Result<String> {
        said(self.compose().args(["run", "--rm", "-T", "tools"]).args(words))
    }

    /// A container of the project by its service's name; not one that a tool was run in.
    pub(super) fn container(&self, service: &str) -> anyhow::Result<String> {
        let label = |name: &str, value: &str| format!("label=com.docker.compose.{name}={value}");
        let (project, service_label) = (label("project", &self.project), label("service", service));
        let lasting = label("oneoff", "False");
        let filters = ["--filter", &project, "--filter", &service_label, "--filter", &lasting];
        let id = docker(&[&["ps", "--all", "--quiet", "--no-trunc"][..], &filters].concat())?;
        let id = id.lines().next().unwrap_or_default().trim().to_owned();
        ensure!(!id.is_empty(), "{service} has no container");
        Ok(id)
    }

    /// Waits until everyone who has to live is healthy, and who runs once has ended well.
    pub(super) fn healthy(&self, within_s: u64) -> anyhow::Result<()> {
        let clock = MachineClock::new();
        let begun = clock.mark();
        loop {
            let waiting = self.not_yet()?;
            if waiting.is_empty() {
                return Ok(());
            }
            if clock.since(&begun).as_secs() > within_s {
                bail!("not healthy after {within_s} s: {}", waiting.join(", "));
            }
            sleep(LOOK);
        }
    }

    fn not_yet(&self) -> anyhow::Result<Vec<String>> {
        let mut waiting = Vec::new();
        for name in LIVING {
            let state = inspect(&self.container(name)?)?["State"].clone();
            let health = state["Health"]["Status"].as_str().unwrap_or("no health check").to_owned();
            if health != "healthy" || state["Running"] != Value::Bool(true) {
                waiting.push(format!("{name} is {health}"));
            }
        }
        for name in ONCE {
            let state = inspect(&self.container(name)?)?["State"].clone();
            if state["Status"] == "exited" && state["ExitCode"] != 0 {
                bail!(
                    "{name} ended with {}: {}",
                    state["ExitCode"],
                    docker(&["logs", &self.container(name)?])?
                );
            }
            if state["Status"] != "exited" {
                waiting.push(format!("{name} is {}", state["Status"]));
            }
        }
        Ok(waiting)
    }

    /// Ends a container's first process as a crash does, by its id: `docker kill` would count as a person's wish to stop it.
    pub(super) fn kill(&self, service: &str) -> anyhow::Result<()> {
        let id = self.container(service)?;
        let before = inspect(&id)?;
        let pid = before["State"]["Pid"].as_u64().filter(|pid| *pid > 1).context("a running container")?;
        said(Command::new("kill").args(["-9", &pid.to_string()]))
            .with_context(|| format!("kill {service}"))?;
        let clock = MachineClock::new();
        let begun = clock.mark();
        while inspect(&id)?["State"]["Pid"].as_u64().is_none_or(|now| now == 0 || now == pid) {
            ensure!(clock.since(&begun).as_secs() < 60, "{service} was killed and is not started again");
            sleep(LOOK);
        }
        Ok(())
    }

    /// Memory of the five services, MiB.
    pub(super) fn memory_mib(&self) -> anyhow::Result<f64> {
        let mut sum = 0.0;
        for name in SERVICES {
            let id = self.container(name)?;
            let text = docker(&["stats", "--no-stream", "--format", "{{.MemUsage}}", &id])?;
            let used = text.split('/').next().unwrap_or_default().trim();
            sum += mib(used).with_context(|| format!("docker stats says `{text}`"))?;
        }
        Ok(sum)
    }

    /// Nobody lists the rpcs, and no token is printed.
    pub(super) fn is_closed(&self) -> anyhow::Result<()> {
        for name in SERVICES {
            let logs = docker(&["logs", &self.container(name)?])?;
            ensure!(!logs.contains("eyJ"), "{name} printed a token");
        }
        let shown = self.tool(&["config", "show", "--config", "/etc/holdpoint/production.toml"])?;
        for line in [
            "mode = production",
            "server.reflection = closed",
            "identity.demo_token = false",
            "store.migrate = false",
        ] {
            ensure!(shown.lines().any(|shown| shown == line), "`{line}` is not in force:\n{shown}");
        }
        Ok(())
    }

    /// Every row of every journal, compared with what the peers remember, by the database's own words.
    pub(super) fn verify_journals(&self) -> anyhow::Result<()> {
        let said =
            said(self.compose().args(["run", "--rm", "-T", "audit"])).context("verify the journals")?;
        println!("{}", said.trim());
        Ok(())
    }

    /// The end of every log: for a run that failed.
    pub(super) fn show_logs(&self) {
        let logs = self.compose().args(["logs", "--tail", "15", "--no-color"]).output();
        if let Ok(output) = logs {
            println!("{}", String::from_utf8_lossy(&output.stdout));
        }
    }

    /// The project's name, which begins the names of its networks and volumes.
    pub(super) fn project(&self) -> &str {
        &self.project
    }
}

/// `41.5MiB` and `1.2GiB`, as docker writes them.
fn mib(text: &str) -> Option<f64> {
    for (unit, factor) in [("GiB", 1024.0), ("MiB", 1.0), ("KiB", 1.0 / 1024.0), ("kB", 1.0 / 1048.576)] {
        if let Some(number) = text.strip_suffix(unit) {
            return number.trim().parse::<f64>().ok().map(|number| number * factor);
        }
    }
    None
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_as_docker_writes_it() {
        assert_eq!(mib("41.5MiB"), Some(41.5));
        assert_eq!(mib("1.5GiB"), Some(1536.0));
        assert_eq!(mib("512KiB"), Some(0.5));
        assert_eq!(mib("much"), None);
    }
}
