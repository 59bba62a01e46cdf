//! The restore drill: a backup of a house at work, the machine is lost, the backup goes into an empty stack, and the trial comes up
//! held until two people have released it. holds.md, "A service that went back in time", H7; reliability.md A23.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use holdpoint_api::safety::v1::{HoldKind, HoldView};
use holdpoint_system_tests::house::{PATIENCE, Plan, until};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{Allocation, Start, Story, Subject, TRIAL};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// A restored safety may have forgotten permits of the longest life there is, 30 s, with its margin of 0.5 s.
const TO_BE_EFFECTIVE: Duration = Duration::from_millis(30_500).saturating_add(PATIENCE);
/// Backups taken one after another while everybody is at work.
const BACKUPS: usize = 3;

#[test]
fn a_house_in_one_process_is_lost_and_restored() -> anyhow::Result<()> {
    play(|| drill(Plan::EMBEDDED))
}

#[test]
fn a_house_on_postgresql_and_nats_is_lost_and_restored() -> anyhow::Result<()> {
    play(|| drill(Plan::APART))
}

#[test]
fn a_house_whose_events_come_twice_and_shuffled_is_lost_and_restored() -> anyhow::Result<()> {
    play(|| drill(Plan::APART.shuffled(29)))
}

#[test]
fn a23_a_backup_that_is_not_what_it_was_is_refused() -> anyhow::Result<()> {
    play(refusals)
}

async fn drill(plan: Plan) -> anyhow::Result<()> {
    let Some(mut story) = at_work(plan).await? else { return Ok(()) };
    let [first, second, third, last] =
        <[Subject; 4]>::try_from(story.treated.clone()).ok().context("four are treated")?;
    let key = story.house.path("backup.key");
    story.house.ask(&["backup", "key", &key])?.expect_success()?;
    let busy = Busy::begin(&mut story, &[second, third])?;
    let mut file = String::new();
    for turn in 0..BACKUPS {
        file = story.house.path(&format!("house-{turn}.backup"));
        let said = story.house.backup(&file, &key)?.expect_success()?.text;
        ensure!(said.contains("every one what was written"), "{said}");
        ensure!(!Path::new(&file).with_extension("part").exists(), "a part is left behind");
    }
    let beats = busy.end().await?;
    ensure!(beats > 0, "nobody was at work while the backups were taken");
    story.later(5)?;
    given_after_the_cut(&mut story, &last).await?;
    story.house.stop_all().await?;
    let store = into_an_empty_stack(&story, &file, &key)?;
    let up_again = Instant::now();
    story.house.live_in(&store).await?;
    let held = comes_up_held(&story).await?;
    ensure!(held.reason.contains("restored from a backup taken at"), "the hold says why: {}", held.reason);
    let no = story.start(&last, 1).await?;
    ensure!(no.is_err(), "a start was heard under the hold of the restore");
    story.ears.nothing_since(up_again)?;
    story.hush().await?;
    ensure!(story.people.standing().await?.len() == 1, "one hold for the whole restore");
    story.is_consistent()?;
    is_released(&mut story, &held).await?;
    goes_on(&mut story, &first, &last).await?;
    story.house.stop_all().await?;
    let told = story.house.verify()?.expect_success()?.text;
    ensure!(told.contains("what was written after it is not known"), "{told}");
    Ok(())
}

/// Four are treated, one dose is given, all others may be asked for.
async fn at_work(plan: Plan) -> anyhow::Result<Option<Story>> {
    let Some(mut story) = Story::open(plan).await? else { return Ok(None) };
    story.set_up().await?;
    story.enroll(4, 2).await?;
    story.lot().await?;
    let treated = story.treated.clone();
    for subject in &treated {
        story.plan(subject, "2026-03-11T10:00").await?;
    }
    story.at("2026-03-11T10:00")?;
    for subject in &treated[1..] {
        story.prepare(subject, 1).await?;
    }
    story.give(&treated[..1], 1).await?;
    story.hush().await?;
    Ok(Some(story))
}

/// Work that the backup does not know: who restores must find it on paper.
async fn given_after_the_cut(story: &mut Story, subject: &Subject) -> anyhow::Result<()> {
    until("a start after the cut", PATIENCE, async || Ok(story.start(subject, 1).await?.ok())).await?;
    story.hush().await
}

/// Neither into the house's own databases nor beside a bus that remembers; then into an empty one, and not twice.
fn into_an_empty_stack(story: &Story, file: &str, key: &str) -> anyhow::Result<String> {
    let (house, keys) = (&story.house, story.house.path("keys-again"));
    let own = house.put_back(file, key, (house.store(), "local"), &keys)?;
    ensure!(!own.success && own.text.contains("is not empty"), "restored over a house: {}", own.text);
    let store = house.room_for("restored")?;
    if let Some(nats) = &house.nats {
        let full = house.put_back(file, key, (&store, &nats.url()), &keys)?;
        ensure!(!full.success && full.text.contains("messages of the time that was lost"), "{}", full.text);
    }
    let said = house.put_back(file, key, (&store, "local"), &keys)?.expect_success()?.text;
    ensure!(said.contains(&format!("{TRIAL} comes up held")), "{said}");
    let again = house.put_back(file, key, (&store, "local"), &keys)?;
    ensure!(!again.success && again.text.contains("is not empty"), "restored twice: {}", again.text);
    for name in ["issuer.key", "safety.key", "safety.pub"] {
        let same =
            std::fs::read(format!("{keys}/{name}"))? == std::fs::read(format!("{}/{name}", house.keys()))?;
        ensure!(same, "{name} did not come back");
    }
    Ok(store)
}

/// Held by itself: nobody asks for anything.
async fn comes_up_held(story: &Story) -> anyhow::Result<HoldView> {
    until("the trial is held after the restore", PATIENCE, async || {
        let holds = story.people.holds().await?;
        let held = |hold: &HoldView| hold.kind() == HoldKind::Reconciliation && hold.state != "released";
        Ok(holds.into_iter().find(held))
    })
    .await
}

async fn is_released(story: &mut Story, held: &HoldView) -> anyhow::Result<()> {
    until("the restore's hold is effective", TO_BE_EFFECTIVE, async || {
        Ok(story.people.hold(&held.hold).await?.filter(|hold| hold.state == "effective"))
    })
    .await?;
    story.reconcile(&held.hold, "what was done after the backup was gone through on paper").await?;
    story.hush().await?;
    ensure!(story.people.standing().await?.is_empty(), "nothing stands after the release");
    Ok(())
}

/// What was not given can be given; what was given before the cut cannot be given again.
async fn goes_on(story: &mut Story, given: &Subject, next: &Subject) -> anyhow::Result<()> {
    until("a start after the release", PATIENCE, async || Ok(story.start(next, 1).await?.ok())).await?;
    let again = story.start(given, 1).await;
    ensure!(!matches!(again, Ok(Ok(()))), "a dose that was given before the cut was started again");
    story.hush().await?;
    story.is_consistent()
}

/// People at work while a backup is taken: doses are asked for and given up, an allocation is asked for.
struct Busy {
    stop: Arc<AtomicBool>,
    at_work: Vec<JoinHandle<anyhow::Result<usize>>>,
}

impl Busy {
    fn begin(story: &mut Story, beds: &[Subject]) -> anyhow::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut at_work = Vec::new();
        for bed in beds {
            at_work.push(tokio::spawn(at_a_bed(story.start_of(bed, 1)?, stop.clone())));
        }
        let waiting = story.waiting[0].id.clone();
        at_work.push(tokio::spawn(at_a_desk(story.allocation(&waiting), stop.clone())));
        Ok(Self { stop, at_work })
    }

    /// Answers how often somebody heard a Go.
    async fn end(self) -> anyhow::Result<usize> {
        self.stop.store(true, Ordering::SeqCst);
        let mut all = 0;
        for work in self.at_work {
            all += work.await??;
        }
        Ok(all)
    }
}

async fn at_a_bed(mut start: Start, stop: Arc<AtomicBool>) -> anyhow::Result<usize> {
    let mut heard = 0;
    while !stop.load(Ordering::SeqCst) {
        let asked = start.clone();
        start = start.again();
        if let Ok(permit) = asked.clone().hear().await?
            && asked.acknowledge(&permit).await.is_ok()
        {
            heard += 1;
            asked.bed.abandon().await?;
        }
    }
    Ok(heard)
}

async fn at_a_desk(mut asked: Allocation, stop: Arc<AtomicBool>) -> anyhow::Result<usize> {
    while !stop.load(Ordering::SeqCst) {
        if asked.clone().ask().await?.is_ok() {
            return Ok(1);
        }
        asked = asked.next();
        sleep(Duration::from_millis(50)).await;
    }
    Ok(0)
}

/// A changed byte, a cut, another key, something that is no backup, and a house that does not run and one that is not there.
async fn refusals() -> anyhow::Result<()> {
    let Some(mut story) = at_work(Plan::EMBEDDED).await? else { return Ok(()) };
    let (key, other) = (story.house.path("backup.key"), story.house.path("other.key"));
    story.house.ask(&["backup", "key", &key])?.expect_success()?;
    story.house.ask(&["backup", "key", &other])?.expect_success()?;
    let again = story.house.ask(&["backup", "key", &key])?;
    ensure!(!again.success && again.text.contains("never overwritten"), "{}", again.text);
    let file = story.house.path("house.backup");
    story.house.stop_all().await?;
    let line = [
        "backup",
        "--to",
        &file,
        "--key",
        &key,
        "--keys",
        &story.house.keys(),
        "--store",
        story.house.store(),
    ];
    let silent = story.house.ask(&line)?;
    ensure!(
        !silent.success && silent.text.contains("--stopped"),
        "a backup of services that do not answer: {}",
        silent.text
    );
    ensure!(
        !Path::new(&file).exists() && !Path::new(&file).with_extension("part").exists(),
        "something was left"
    );
    story.house.backup(&file, &key)?.expect_success()?;
    let overwritten = story.house.backup(&file, &key)?;
    ensure!(!overwritten.success && overwritten.text.contains("never overwritten"), "{}", overwritten.text);
    story.house.ask(&["backup", "verify", &file, "--key", &key])?.expect_success()?;
    let bytes = std::fs::read(&file)?;
    let secret = b"initials";
    ensure!(!bytes.windows(secret.len()).any(|at| at == secret), "a backup can be read without its key");
    let wrong = story.house.path("wrong.backup");
    let half = bytes.len() / 2;
    let mut flipped = bytes.clone();
    flipped[half] ^= 1;
    let plants: [(&str, Vec<u8>, &str, &str); 5] = [
        ("a changed byte", flipped, &key, "was changed or cut off"),
        ("a cut", bytes[..half].to_vec(), &key, "was changed or cut off"),
        ("another key", bytes.clone(), &other, "not the key that it was made with"),
        ("something else", b"PK\x03\x04 a zip".to_vec(), &key, "no backup"),
        ("nothing", vec![], &key, "no backup"),
    ];
    let store = story.house.room_for("never")?;
    for (what, planted, key, said) in plants {
        std::fs::write(&wrong, planted)?;
        let verified = story.house.ask(&["backup", "verify", &wrong, "--key", key])?;
        ensure!(verified.code == Some(1) && verified.text.contains(said), "{what}: {}", verified.text);
        let restored = story.house.put_back(&wrong, key, (&store, "local"), &story.house.path("no-keys"))?;
        ensure!(restored.code == Some(1) && restored.text.contains(said), "{what}: {}", restored.text);
        let left = std::fs::read_dir(&store)?.count();
        ensure!(left == 0, "{what}: a refused restore left {left} files behind");
    }
    Ok(())
}
