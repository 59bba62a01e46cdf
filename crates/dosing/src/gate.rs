//! The way to safety: one ask, one answer, once. Silence, slowness and anything that is not a judgement are a no
//! (holds.md, steps 1 and 2; H3).

use std::time::Duration;

use holdpoint_api::common::v1 as common;
use holdpoint_api::safety::v1::safety_client::SafetyClient;
use holdpoint_api::safety::v1::{IssuePermitRequest, IssuePermitResponse};
use holdpoint_chassis::client::{PeerSays, ServiceChannel};
use holdpoint_chassis::error::Refused;
use holdpoint_journal::Head;

use crate::domain::go::Permit;
use crate::domain::hold::{Activity, Placement};
use crate::domain::ids::{Attempt, HoldId, InfusionId, PermitId, TrialId};
use crate::domain::refusal::Refusal;
use crate::error::{NO_PERMIT, SAFETY_SILENT};

/// Asks safety for permits.
#[derive(Clone)]
pub struct Gate {
    safety: SafetyClient<ServiceChannel>,
    deadline: Duration,
}

/// One ask. Its id is fresh and random: a permit belongs to the ask alone.
#[derive(Debug)]
pub struct Ask {
    /// Never used before.
    pub id: String,
    /// The trial.
    pub trial: TrialId,
    /// What would start.
    pub activity: Activity,
    /// Where dosing believes the subject stands.
    pub placement: Placement,
    /// The infusion.
    pub infusion: InfusionId,
    /// Its number.
    pub number: u32,
    /// The attempt.
    pub attempt: Attempt,
    /// Dosing's head of the trial: safety applies its journal up to there first.
    pub mine: Head,
    /// The newest that dosing has seen of safety's.
    pub yours: Head,
}

/// Safety's answer with the heads that it told.
#[derive(Debug)]
pub struct Issued {
    /// The permit.
    pub permit: Permit,
    /// Safety's own head of the trial.
    pub theirs: Option<common::Head>,
    /// The newest that safety has seen of dosing's.
    pub seen: Option<common::Head>,
}

/// Why there is no permit.
#[derive(Debug)]
pub enum No {
    /// These holds stand in the way, and why in safety's words.
    Held(Vec<HoldId>, String),
    /// An earlier permit is not void: safety says of which infusion, where it does.
    EarlierNotVoid {
        /// The permit that stands in the way.
        permit: PermitId,
        /// The infusion it was given for.
        infusion: Option<InfusionId>,
    },
    /// Safety judged, and said no for another reason.
    Refused(Refused),
    /// No judgement arrived.
    Silent(String),
}

impl Gate {
    /// A gate over this channel, which waits so long for an answer.
    pub fn new(channel: ServiceChannel, deadline: Duration) -> Self {
        Self { safety: SafetyClient::new(channel), deadline }
    }

    /// Asks once. Never asks again by itself.
    pub async fn issue(&self, ask: Ask) -> Result<Issued, No> {
        let mut request = tonic::Request::new(encode(ask));
        request.set_timeout(self.deadline);
        let mut safety = self.safety.clone();
        let answer = tokio::time::timeout(self.deadline, safety.issue_permit(request)).await;
        match answer {
            Ok(Ok(answer)) => Ok(decode(answer.into_inner())),
            Ok(Err(status)) => Err(said_no(&status)),
            Err(_) => Err(No::Silent("no answer in time".to_owned())),
        }
    }
}

impl From<No> for Refused {
    fn from(no: No) -> Self {
        match no {
            No::Held(holds, why) => Refusal::Held { holds, why }.into(),
            No::EarlierNotVoid { permit, infusion } => {
                let of = infusion.map(|infusion| format!(" of infusion {infusion}")).unwrap_or_default();
                let words = format!("safety says that an earlier permit{of}, {permit}, is not void");
                NO_PERMIT.refuse(words).field("permit", Some(permit.to_string()), "a void one")
            }
            No::Refused(refused) => refused,
            No::Silent(why) => {
                SAFETY_SILENT.refuse(format!("safety gave no answer ({why}); no answer means no"))
            }
        }
    }
}

fn encode(ask: Ask) -> IssuePermitRequest {
    let Placement { subject, site, arm, cohort } = ask.placement;
    IssuePermitRequest {
        ask: ask.id,
        trial: ask.trial.into(),
        activity: match ask.activity {
            Activity::Randomization => common::Activity::Randomization,
            Activity::FirstDose => common::Activity::FirstDose,
            Activity::Dosing => common::Activity::Dosing,
        } as i32,
        placement: Some(common::Placement {
            subject: subject.into(),
            site: site.unwrap_or_default(),
            arm: arm.unwrap_or_default(),
            cohort: cohort.unwrap_or_default(),
        }),
        infusion: ask.infusion.into(),
        number: ask.number,
        possible_arms: vec![],
        possible_cohorts: vec![],
        heads: Some(common::Heads { mine: Some(ask.mine.into()), yours: Some(ask.yours.into()) }),
        attempt: ask.attempt.0,
    }
}

fn decode(answer: IssuePermitResponse) -> Issued {
    let heads = answer.heads.unwrap_or_default();
    Issued {
        permit: Permit::new(
            answer.permit.into(),
            Duration::from_millis(answer.life_ms),
            Duration::from_millis(answer.margin_ms),
        ),
        theirs: heads.mine,
        seen: heads.yours,
    }
}

/// Reads a refusal: the holds it names, or the earlier permit that is not void (field `permit`) and the infusion it was
/// given for (field `infusion`). From when on safety would give one (field `at`, what is allowed) is handed on.
fn said_no(status: &tonic::Status) -> No {
    let detail = match PeerSays::of(status) {
        PeerSays::Silent(why) => return No::Silent(why),
        PeerSays::No(_, detail) => detail,
    };
    if !detail.holds.is_empty() {
        return No::Held(detail.holds.into_iter().map(HoldId::from).collect(), detail.message);
    }
    let found = |field: &str| {
        let named = detail.fields.iter().find(|violation| violation.field == field);
        named.map(|violation| violation.found.as_str()).filter(|found| !found.is_empty())
    };
    match found("permit") {
        Some(permit) if found("heard").is_some() => No::Refused(NO_PERMIT.refuse(format!(
            "safety knows that the Go of permit {permit} was heard: this infusion counts as begun, and is not begun again"
        ))),
        Some(permit) => {
            No::EarlierNotVoid { permit: permit.into(), infusion: found("infusion").map(InfusionId::from) }
        }
        None => {
            let refused =
                NO_PERMIT.refuse(format!("safety gave no permit ({}): {}", detail.code, detail.message));
            let earliest = detail.fields.into_iter().find(|violation| violation.field == "at");
            No::Refused(match earliest {
                Some(earliest) => refused.field("at", None, earliest.allowed),
                None => refused,
            })
        }
    }
}
