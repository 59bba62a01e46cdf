//! The way to safety: leave for one allocation, and the run of its rules on what happened to a subject. No answer
//! means no; an answer is used once, by the handler that asked for it, and never kept.

use std::time::Duration;

use holdpoint_api::common::v1 as common;
use holdpoint_api::safety::v1 as pb;
use holdpoint_api::safety::v1::safety_client::SafetyClient;
use holdpoint_chassis::client::{PeerSays, ServiceChannel};
use holdpoint_chassis::error::{Error, OrFault as _, Result};
use holdpoint_journal::{Chain, Head, Known, Store};
use tonic::Request;

use crate::domain::allocation::Attempt;
use crate::domain::ids::{ArmId, CohortId, HoldId, PermitId, SiteId, SubjectId, TrialId};
use crate::domain::milestone::{Milestone, Standing};
use crate::domain::subject::Axis;
use crate::error::{ALREADY_ASKED, GATE_SILENT, HELD, UNSURE};
use crate::events::moment;

/// Safety's name.
pub const SAFETY: &str = "safety";

/// The gate.
#[derive(Clone)]
pub struct Gate {
    safety: SafetyClient<ServiceChannel>,
    store: Store,
}

/// What is asked for one allocation, in one ask. The subject's arm is not in it: nobody knows it yet.
#[derive(Clone)]
pub struct Ask {
    /// Fresh and random.
    pub ask: String,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// Where it is treated.
    pub site: SiteId,
    /// How often the subject was allocated before: 0, or more for somebody treated again in a further cohort.
    pub number: u32,
    /// Every arm it could lead to.
    pub possible_arms: Vec<ArmId>,
    /// Every cohort it could lead to.
    pub possible_cohorts: Vec<CohortId>,
    /// Which try.
    pub attempt: Attempt,
}

/// Leave for one allocation.
#[derive(Clone, Debug)]
pub struct Permit {
    /// Its id.
    pub id: PermitId,
    /// Its life, from the ask.
    pub life: Duration,
    /// Enrollment gives up this long before the life's end.
    pub margin: Duration,
    /// The newest row of enrollment's journal that safety has seen.
    seen: Option<common::Head>,
}

/// Why there is no permit.
pub enum No {
    /// An earlier permit for the subject's allocation is not void.
    EarlierNotVoid(PermitId),
    /// Held, refused for another reason, silent, or a fault.
    Error(Error),
}

impl From<Error> for No {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<No> for Error {
    fn from(no: No) -> Self {
        match no {
            No::EarlierNotVoid(permit) => ALREADY_ASKED
                .refuse(format!("safety says that an earlier permit of the subject, {permit}, is not void"))
                .into(),
            No::Error(error) => error,
        }
    }
}

/// What safety is told of.
pub struct Telling {
    /// Fresh for each telling.
    pub request: String,
    /// The trial.
    pub trial: TrialId,
    /// The subject.
    pub subject: SubjectId,
    /// What.
    pub what: What,
    /// In how long it must answer.
    pub within: Duration,
}

/// What happened.
pub enum What {
    /// A milestone.
    Milestone(Milestone),
    /// A person ended treatment or study by a rule.
    Rule {
        /// Id of the notice.
        notice: String,
        /// The rule.
        rule: String,
        /// The wider of the axes that it ended.
        axis: Axis,
        /// When.
        at: jiff::Timestamp,
    },
}

/// What came of telling safety.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Its rules ran, and these holds stand.
    Held(Vec<HoldId>),
    /// It did not answer, or could not.
    Silent(String),
}

impl Gate {
    /// The gate over a channel to safety.
    pub fn new(channel: ServiceChannel, store: Store) -> Self {
        Self { safety: SafetyClient::new(channel), store }
    }

    /// Asks for a permit, once. A refusal names the holds; silence is a refusal too.
    pub async fn permit(&self, ask: Ask) -> std::result::Result<Permit, No> {
        let chain = Chain::trial(ask.trial.as_str());
        let request = pb::IssuePermitRequest {
            ask: ask.ask,
            trial: ask.trial.to_string(),
            activity: common::Activity::Randomization.into(),
            placement: Some(common::Placement {
                subject: ask.subject.to_string(),
                site: ask.site.to_string(),
                arm: String::new(),
                cohort: String::new(),
            }),
            infusion: String::new(),
            number: ask.number,
            possible_arms: ask.possible_arms.iter().map(ToString::to_string).collect(),
            possible_cohorts: ask.possible_cohorts.iter().map(ToString::to_string).collect(),
            heads: Some(self.heads(&chain).await?),
            attempt: ask.attempt,
        };
        let answer = self.safety.clone().issue_permit(request).await.map_err(|status| no(&status))?;
        let answer = answer.into_inner();
        let id = answer.permit.parse().or_fault("reading safety's permit")?;
        let (life, margin) = (Duration::from_millis(answer.life_ms), Duration::from_millis(answer.margin_ms));
        Ok(Permit { id, life, margin, seen: answer.heads.and_then(|heads| heads.yours) })
    }

    /// Lets safety run its rules. Never fails: what it can not say now is told again.
    pub async fn tell(&self, telling: Telling) -> Told {
        match self.try_tell(telling).await {
            Ok(holds) => Told::Held(holds),
            Err(why) => Told::Silent(why),
        }
    }

    async fn try_tell(&self, telling: Telling) -> std::result::Result<Vec<HoldId>, String> {
        let chain = Chain::trial(telling.trial.as_str());
        let heads = self.heads(&chain).await.map_err(|error| error.to_string())?;
        let mut request = Request::new(rules_request(&telling, heads));
        request.set_timeout(telling.within);
        let mut safety = self.safety.clone();
        let asked = safety.run_milestone_rules(request);
        let answer = tokio::time::timeout(telling.within, asked)
            .await
            .map_err(|_| "no answer in time".to_owned())?
            .map_err(|status| format!("{:?}", status.code()))?;
        answer
            .into_inner()
            .holds
            .into_iter()
            .map(|hold| hold.hold.parse().map_err(|_| "a hold without a proper id".to_owned()))
            .collect()
    }

    async fn heads(&self, chain: &Chain) -> Result<common::Heads> {
        let mine = self.store.head(chain).await?;
        let yours = self.store.cursor(SAFETY, chain).await?;
        Ok(common::Heads { mine: Some(mine.into()), yours: Some(yours.into()) })
    }

    /// Safety says with the permit what it has seen of enrollment's journal: the head of that which enrollment lacks,
    /// and so lost by a restore.
    pub async fn lost(&self, trial: &TrialId, permit: &Permit) -> Result<Option<Head>> {
        let Some(seen) = permit.seen.clone() else { return Ok(None) };
        let seen = Head::try_from(seen)?;
        let known = self.store.knows(&Chain::trial(trial.as_str()), &seen).await?;
        Ok((known == Known::Lacks).then_some(seen))
    }
}

/// The refusal of a service that is not sure of itself.
pub fn unsure(why: &str) -> Error {
    UNSURE.refuse(format!("{why}; nothing is allocated until people have reconciled it")).into()
}

/// Reads a refusal: the holds it names, or the earlier permit (field `permit`) that is not void.
fn no(status: &tonic::Status) -> No {
    let detail = match PeerSays::of(status) {
        PeerSays::No(_, detail) => detail,
        PeerSays::Silent(_) => {
            let message = "safety did not answer, and no answer means no; nothing was allocated";
            return No::Error(GATE_SILENT.refuse(message).into());
        }
    };
    let found = |field: &str| {
        let named = detail.fields.iter().find(|violation| violation.field == field);
        named.map(|violation| violation.found.as_str()).filter(|found| !found.is_empty())
    };
    match found("permit").and_then(|permit| permit.parse::<PermitId>().ok()) {
        // A restored enrollment has forgotten what safety remembers: no statement of a person makes it unseen.
        Some(permit) if found("heard").is_some() => {
            let words = format!(
                "safety knows that the allocation under permit {permit} was seen: the subject counts as allocated, and \
                 nothing is allocated anew"
            );
            No::Error(HELD.refuse(words).into())
        }
        Some(permit) if detail.holds.is_empty() => No::EarlierNotVoid(permit),
        _ => {
            let refused =
                HELD.refuse(format!("safety gives no permit ({}): {}", detail.code, detail.message));
            No::Error(detail.holds.into_iter().fold(refused, |refused, hold| refused.hold(hold)).into())
        }
    }
}

fn rules_request(telling: &Telling, heads: common::Heads) -> pb::RunMilestoneRulesRequest {
    let act = common::Act { request_id: telling.request.clone(), reason: String::new() };
    let mut request = pb::RunMilestoneRulesRequest {
        act: Some(act),
        trial: telling.trial.to_string(),
        subject: telling.subject.to_string(),
        heads: Some(heads),
        ..Default::default()
    };
    match &telling.what {
        What::Milestone(milestone) => {
            request.event = milestone.event.to_string();
            request.milestone = milestone.id.to_string();
            request.date = milestone.date.to_string();
            request.at = milestone.at.map(moment);
            request.withdrawn = milestone.standing == Standing::Withdrawal;
        }
        What::Rule { notice, rule, axis, at } => {
            request.event = axis.as_str().to_owned();
            request.milestone = notice.clone();
            request.rule = rule.clone();
            request.at = Some(moment(*at));
        }
    }
    request
}
