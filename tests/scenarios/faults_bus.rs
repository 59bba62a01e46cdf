//! The bus does everything wrong: it repeats what is long over, in any order and many times; it brings what nobody sent; it
//! forgets what it had, by a deleted stream and by an older copy of its disk. The journal is the truth, and nothing comes of it.
//! reliability.md F8 (NATS), F9, F10, F11, F13, F25; holds.md H4, H9.

use anyhow::{Context as _, ensure};
use async_nats::HeaderMap;
use holdpoint::client::{Heads, heads};
use holdpoint_system_tests::faults::close;
use holdpoint_system_tests::house::{Bus, Plan, Published};
use holdpoint_system_tests::play;
use holdpoint_system_tests::story::{Held, Story, Subject};

use crate::ready::ready;

const REPEATS: usize = 50;

#[test]
fn f09_f10_f11_events_replayed_reordered_and_repeated_change_nothing() -> anyhow::Result<()> {
    play(replayed)
}

#[test]
fn f25_what_nobody_sent_is_passed_over() -> anyhow::Result<()> {
    play(poison)
}

#[test]
fn f13_a_deleted_stream_is_made_anew_and_missed_by_nobody() -> anyhow::Result<()> {
    play(|| forgotten(false))
}

#[test]
fn f08_a_bus_back_on_an_older_copy_of_its_disk_is_missed_by_nobody() -> anyhow::Result<()> {
    play(|| forgotten(true))
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
async fn replayed() -> anyhow::Result<()> {
    let Some((mut story, [subject])) = ready(Plan::APART).await? else { return Ok(()) };
    let past = Past::of(&story).await?;
    past.bus.publish(&past.published).await?;
    past.bus.drained().await?;
    let mut order: Vec<Published> = past.published.iter().rev().cloned().collect();
    past.bus.publish(&order).await?;
    past.bus.drained().await?;
    for turn in 0..REPEATS {
        for at in (1..order.len()).rev() {
            order.swap(at, (at * 7_919 + turn * 104_729) % (at + 1));
        }
        past.bus.publish(&order).await?;
    }
    past.changed_nothing(&mut story, &subject).await
}

async fn poison() -> anyhow::Result<()> {
    let Some((mut story, [subject])) = ready(Plan::APART).await? else { return Ok(()) };
    let past = Past::of(&story).await?;
    let mut of_safety = past.published.iter().rev().filter(|message| message.subject.contains("safety"));
    let placed = of_safety.next().context("an event of safety")?;
    // A row far ahead, of a type and a number that are not there.
    let mut ahead = placed.clone();
    ahead.headers.insert("ce-hpnumber", "999999");
    ahead.headers.insert("ce-type", "holdpoint.safety.v1.HoldForgotten");
    let poison = [
        Published { body: b"no envelope".to_vec(), ..placed.clone() },
        Published { body: vec![0x5a; 900 * 1024], ..placed.clone() },
        Published { headers: HeaderMap::default(), ..placed.clone() },
        Published { subject: "holdpoint.nobody.pgf-msc".to_owned(), ..placed.clone() },
        Published { subject: placed.subject.replace("safety", "labs"), ..placed.clone() },
        ahead,
    ];
    past.bus.publish(&poison).await?;
    past.changed_nothing(&mut story, &subject).await
}

/// Labs stands still while a hold is placed and the bus loses the events of it; it hears of the hold all the same.
async fn forgotten(by_an_older_copy: bool) -> anyhow::Result<()> {
    let Some((mut story, [subject])) = ready(Plan::APART).await? else { return Ok(()) };
    story.house.nats()?.kill()?;
    let copy = story.house.nats()?.copy()?;
    story.house.nats()?.start().await?;
    story.house.freeze("labs")?;
    let standing = two_holds(&story).await?;
    if by_an_older_copy {
        story.house.nats()?.kill()?;
        story.house.nats()?.restore(&copy)?;
        story.house.nats()?.start().await?;
    } else {
        story.house.bus().await?.delete().await?;
    }
    story.house.thaw("labs")?;
    story.hush().await?;
    ends(&mut story, &subject, &standing).await
}
