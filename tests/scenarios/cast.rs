//! Who is in bed when the evening comes: a subject with two doses, one whose second dose is due in the evening, one more soon
//! after, and three who are due at eight in the morning.

use holdpoint_system_tests::story::{Story, Subject};

/// The parts, in the order in which the treated arm was filled.
pub struct Cast {
    /// Taken ill five days after her second dose.
    pub ill: Subject,
    /// Is being infused when that is reported.
    pub running: Subject,
    /// Asks to start in the same moment.
    pub racer: Subject,
    /// Due at eight in the morning.
    pub due: Vec<Subject>,
    /// Asks for an allocation in the same moment.
    pub racing_candidate: Subject,
    /// Waits for an allocation.
    pub candidate: Subject,
}

/// How many are treated, and how many wait.
const TREATED: usize = 6;
const WAITING: usize = 2;

impl Cast {
    /// A trial in force, its subjects allocated, their infusions begun.
    pub async fn assemble(story: &mut Story) -> anyhow::Result<Self> {
        story.set_up().await?;
        story.enroll(TREATED, WAITING).await?;
        let treated = story.treated.clone();
        let cast = Self {
            ill: treated[0].clone(),
            running: treated[1].clone(),
            racer: treated[2].clone(),
            due: treated[3..].to_vec(),
            racing_candidate: story.waiting[0].clone(),
            candidate: story.waiting[1].clone(),
        };
        cast.begin(story).await?;
        Ok(cast)
    }

    async fn begin(&self, story: &mut Story) -> anyhow::Result<()> {
        story.lot().await?;
        story.plan(&self.ill, "2026-03-11T10:00").await?;
        story.plan(&self.running, "2026-03-16T17:30").await?;
        story.plan(&self.racer, "2026-03-16T18:30").await?;
        for subject in &self.due {
            story.plan(subject, "2026-03-17T08:00").await?;
        }
        self.give(story, "2026-03-11T10:00", std::slice::from_ref(&self.ill), 1).await?;
        self.give(story, "2026-03-16T17:30", std::slice::from_ref(&self.running), 1).await?;
        self.give(story, "2026-03-16T18:30", std::slice::from_ref(&self.racer), 1).await?;
        self.give(story, "2026-03-17T08:00", &self.due, 1).await?;
        self.give(story, "2026-03-18T10:00", std::slice::from_ref(&self.ill), 2).await
    }

    async fn give(&self, story: &mut Story, at: &str, to: &[Subject], dose: usize) -> anyhow::Result<()> {
        story.at(at)?;
        story.give(to, dose).await
    }
}
