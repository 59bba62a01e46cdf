//! The bus does everything wrong: it repeats what is long over, in any order and many times; it brings what nobody sent; it
//! forgets what it had, by a deleted stream and by an older copy of its disk. The journal is the truth, and nothing comes of it.
//! reliability.md F8 (NATS), F9 to F13, F25; holds.md H4, H9.

use anyhow::{Context as _, ensure};
use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::HeaderMap;
use holdpoint::client::{Heads, heads};
use holdpoint_system_tests::faults::close;
use holdpoint_system_tests::house::{Bus, Plan, Published, until};
use holdpoint_system_tests::story::{Held, Story, Subject, TRIAL, deliver, report};

use crate::ready::{starts_after_all, tale, was_given};

const REPEATS: usize = 50;
/// What a service says when its rows wait because the bus is away, and how soon at the latest (reliability.md F12).
const WAITING: &str = "rows wait in the journal";
const AT_THE_LATEST: Duration = Duration::from_secs(60);
/// What a service says when it has lost its place on the bus.
const BROKEN: [&str; 3] = ["the consumer stalled", "not listening; trying again", WAITING];

#[test]
fn f09_f10_f11_events_replayed_reordered_and_repeated_change_nothing() -> anyhow::Result<()> {
    tale(Plan::APART, replayed)
}

#[test]
fn f25_what_nobody_sent_is_passed_over() -> anyhow::Result<()> {
    tale(Plan::APART, poison)
}

#[test]
fn f12_a_bus_that_is_down_while_people_screen_report_and_send_results() -> anyhow::Result<()> {
    tale(Plan::APART, down)
}

#[test]
fn f13_a_deleted_stream_is_made_anew_and_missed_by_nobody() -> anyhow::Result<()> {
    tale(Plan::APART, async |story, subject| forgotten(story, subject, false).await)
}

#[test]
fn f08_a_bus_back_on_an_older_copy_of_its_disk_is_missed_by_nobody() -> anyhow::Result<()> {
    tale(Plan::APART, async |story, subject| forgotten(story, subject, true).await)
}

/// A hold that was placed and released, and one that stands.
async fn two_holds(story: &Story) -> anyhow::Result<Held> {
    let first = story.place_hold("the first, which is released").await?;
    story.release(&first.hold.hold).await?;
    story.place_hold("the second, which stands").await
}

/// A hold that stands, and all that was published until then; every reader has had it.
struct Past {
    standing: Held,
    bus: Bus,
    published: Vec<Published>,
    heads: Heads,
}

impl Past {
    async fn of(story: &Story) -> anyhow::Result<Self> {
        let standing = two_holds(story).await?;
        story.hush().await?;
        let bus = story.house.bus().await?;
        bus.drained().await?;
        let published = bus.published().await?;
        ensure!(published.len() > 50, "the bus had {} messages", published.len());
        Ok(Self { standing, bus, published, heads: heads(&story.people.auditor).await? })
    }

    /// No row was written meanwhile, and the hold stands until it is released.
    async fn changed_nothing(self, story: &mut Story, subject: &Subject) -> anyhow::Result<()> {
        self.bus.drained().await?;
        story.hush().await?;
        ensure!(heads(&story.people.auditor).await? == self.heads, "what the bus brought wrote a row");
        ends(story, subject, &self.standing).await
    }
}

async fn ends(story: &mut Story, subject: &Subject, standing: &Held) -> anyhow::Result<()> {
    let refused = story.start(subject, 1).await?.err().context("a start under the hold")?;
    refused.names(&standing.hold.hold)?;
    story.release(&standing.hold.hold).await?;
    let verdict = close(story).await?;
    ensure!(verdict.looked_at["one hold"] == 2, "two holds were judged: {verdict}");
    Ok(())
}

/// After the server has forgotten them: in their order, the last first, then many times in an order of no meaning.
async fn replayed(story: &mut Story, [subject]: [Subject; 1]) -> anyhow::Result<()> {
    let past = Past::of(story).await?;
    past.bus.publish(&past.published).await?;
    past.bus.drained().await?;
    let mut order: Vec<Published> = past.published.iter().rev().cloned().collect();
    past.bus.publish(&order).await?;
    past.bus.drained().await?;
    // The release of the first hold after all that is told of the second.
    let (released, other): (Vec<_>, Vec<_>) =
        order.iter().cloned().partition(|message| message.is("holdpoint.safety.v1.HoldReleased"));
    ensure!(released.len() == 1, "one hold was released: {}", released.len());
    past.bus.publish(&[other, released].concat()).await?;
    past.bus.drained().await?;
    for turn in 0..REPEATS {
        for at in (1..order.len()).rev() {
            order.swap(at, (at * 7_919 + turn * 104_729) % (at + 1));
        }
        past.bus.publish(&order).await?;
    }
    past.changed_nothing(story, &subject).await
}

async fn poison(story: &mut Story, [subject]: [Subject; 1]) -> anyhow::Result<()> {
    let past = Past::of(story).await?;
    let mut of_safety = past.published.iter().rev().filter(|message| message.subject.contains("safety"));
    let placed = of_safety.next().context("an event of safety")?;
    // A row far ahead, of a type and a number that are not there.
    let mut ahead = placed.clone();
    ahead.headers.insert("ce-hpnumber", "999999");
    ahead.headers.insert("ce-type", "holdpoint.safety.v1.HoldForgotten");
    // What safety could have said next, and never did: an event as it should be, of a hold that is long placed.
    let mut next = placed.clone();
    let head = past.heads[&("safety".to_owned(), TRIAL.to_owned())].number;
    next.headers.insert("ce-hpnumber", (head + 1).to_string());
    let poison = [
        next,
        Published { body: b"no envelope".to_vec(), ..placed.clone() },
        Published { body: vec![0x5a; 900 * 1024], ..placed.clone() },
        Published { headers: HeaderMap::default(), ..placed.clone() },
        Published { subject: "holdpoint.nobody.pgf-msc".to_owned(), ..placed.clone() },
        Published { subject: placed.subject.replace("safety", "labs"), ..placed.clone() },
        ahead,
    ];
    past.bus.publish(&poison).await?;
    // More than the server takes at all.
    let large = Published { body: vec![0x5a; 3 * 1024 * 1024], ..placed.clone() };
    ensure!(past.bus.publish(&[large]).await.is_err(), "the server takes three megabytes");
    past.changed_nothing(story, &subject).await
}

/// Labs stands still while a hold is placed and the bus loses the events of it; it hears of the hold all the same.
async fn forgotten(story: &mut Story, [subject]: [Subject; 1], by_an_older_copy: bool) -> anyhow::Result<()> {
    story.house.nats()?.kill()?;
    let copy = story.house.nats()?.copy()?;
    story.house.nats()?.start().await?;
    story.house.freeze("labs")?;
    let standing = two_holds(story).await?;
    if by_an_older_copy {
        story.house.nats()?.kill()?;
        story.house.nats()?.restore(&copy)?;
        story.house.nats()?.start().await?;
    } else {
        story.house.bus().await?.delete().await?;
    }
    story.house.thaw("labs")?;
    story.hush().await?;
    ends(story, &subject, &standing).await?;
    // A stream that is there and has less in it is no fault that a reader of the bus could see: the heads tell it.
    let told = story.house.logs()?;
    let said = by_an_older_copy || BROKEN.iter().any(|words| told.contains(words));
    ensure!(said, "nobody says that the bus lost its stream");
    Ok(())
}

/// Ten minutes in which the bus is away: people screen, the laboratory sends, somebody is taken ill. The hold fences all the
/// same, the services say that rows wait, and afterwards everybody has heard everything, in its order.
async fn down(story: &mut Story, [ill, subject]: [Subject; 2]) -> anyhow::Result<()> {
    let laboratory = story.laboratory().await?;
    was_given(story, &ill).await?;
    story.hush().await?;
    let before = story.house.bus().await?.published().await?.len();
    story.house.nats()?.kill()?;
    story.open_record("P-090", 90).await?;
    deliver(&laboratory, report(&ill.id, story.now())).await?;
    story.later(5)?;
    let held = story.ventilation(&ill.id).report().await?;
    let refused = story.start(&subject, 1).await?.err().context("a start under the hold")?;
    refused.names(&held.hold.hold)?;
    until("a service says that rows wait", AT_THE_LATEST, async || {
        Ok(story.house.logs()?.contains(WAITING).then_some(()))
    })
    .await?;
    story.later(5)?;
    deliver(&laboratory, report(&ill.id, story.now())).await?;
    story.house.nats()?.start().await?;
    story.hush().await?;
    story.ears.nothing_since(held.known)?;
    let bus = story.house.bus().await?;
    bus.drained().await?;
    in_order(&bus.published().await?[before..])?;
    story.release(&held.hold.hold).await?;
    starts_after_all(story, &subject).await
}

/// Each chain's rows follow each other.
fn in_order(published: &[Published]) -> anyhow::Result<()> {
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    for message in published {
        let number = message.number()?;
        let before = last.insert(&message.subject, number);
        let follows = before.is_none_or(|before| number == before || number == before + 1);
        ensure!(follows, "{}: row {number} after row {before:?}", message.subject);
    }
    ensure!(last.len() > 2, "three services and more had something to say: {last:?}");
    Ok(())
}
