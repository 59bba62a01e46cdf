//! The ward: lots of the file's product, infusions planned by the file's regimen, and each of them from the scales to the empty bag.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use holdpoint_api::common::v1::Value;
use holdpoint_api::dosing::v1::*;
use holdpoint_chassis::error::detail_of;
use holdpoint_protocol::Protocol;
use holdpoint_protocol::model::Product;
use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan as _};

use super::player::{Player, State};
use super::stage::Stage;
use super::words::value;
use crate::client::{Bedside, NoStart, StartOf, call, lists};
use crate::demo::sim::{self, Chance, fulfil};
use crate::demo::time::{from_proto, instant, proto, zone};

/// Hours at which infusions begin, and minutes until the bag is empty.
pub(super) const MORNING: Time = Time::constant(9, 0, 0, 0);
pub(super) const LASTS_MIN: i64 = 45;
/// The first infusion is so many days after the allocation where nothing else says.
const FIRST_AFTER_DAYS: i64 = 3;
/// A first dose that cannot be planned for so long goes wrong.
const NO_PLAN_WAITS_DAYS: i64 = 400;
/// Infusions that one shared lot serves.
const OF_ONE_LOT: u32 = 24;
/// Cells in one lot, or so much of another unit: more than its infusions can use.
const CELLS: &str = "9000000000";
/// What dosing says where safety gives no permit; of an earlier one that is not void it names the field `permit`.
const NO_PERMIT: &str = "DOS-0015";
/// Between one attempt and the next where nobody answered, machine time.
const PAUSE: Duration = Duration::from_millis(150);

/// An infusion to come.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Due {
    pub at: Timestamp,
    pub subject: String,
    pub infusion: String,
    pub number: u32,
}

/// The ward with its plans.
#[derive(Default)]
pub(super) struct Ward {
    /// What is to be given, earliest first.
    pub plan: Vec<Due>,
    /// Whether anybody had an infusion.
    pub has_given: bool,
    /// The shared lots in use, by what they are counted in, and how many infusions each served.
    shared: BTreeMap<String, (String, u32)>,
    lots: u32,
    bedsides: BTreeMap<String, Bedside>,
    /// When the last first dose of the trial is due.
    last_first: Option<Date>,
    /// Who was planned for.
    planned: Vec<String>,
    /// Cells of each authorized infusion with its lot.
    authorized: BTreeMap<String, (String, String)>,
}

impl Ward {
    /// Plans for everyone who was allocated and gets cells.
    pub async fn plan_new(&mut self, stage: &mut Stage) -> anyhow::Result<()> {
        let fresh: Vec<Player> = stage
            .players
            .iter()
            .filter(|p| matches!(p.state, State::In(_)) && !self.planned.contains(&p.id))
            .cloned()
            .collect();
        for player in fresh {
            let Some(allocation) = player.allocation() else { continue };
            let arm = stage.protocol.arms.get(allocation.arm.as_str());
            let treated = arm.and_then(|arm| stage.protocol.investigational_of(arm)).is_some();
            if treated {
                weigh(stage, &player).await?;
                let first = self.first_day(stage, stage.today())?;
                if let Some(no) = self.plan(stage, &player, first).await? {
                    let waits = sim::days_from(allocation.on, stage.today());
                    ensure!(
                        waits < NO_PLAN_WAITS_DAYS,
                        "the infusions of {} cannot be planned: {no}",
                        player.id
                    );
                    continue;
                }
            }
            self.planned.push(player.id);
        }
        Ok(())
    }

    /// Whether somebody was allocated of whom nothing is planned: the first dose may be months away.
    pub fn has_unplanned(&self, stage: &Stage) -> bool {
        stage.players.iter().any(|p| matches!(p.state, State::In(_)) && !self.planned.contains(&p.id))
    }

    /// The first day for one more subject: after the file's run-in, and the file's gap after the first dose before.
    fn first_day(&self, stage: &Stage, today: Date) -> anyhow::Result<Date> {
        let earliest = today.checked_add(stage.outline.run_in_days.max(FIRST_AFTER_DAYS).days())?;
        let (Some(gap), Some(last)) = (stage.outline.gap, self.last_first) else { return Ok(earliest) };
        Ok(earliest.max(last.checked_add(sim::days(gap).days())?))
    }

    /// Plans from a day on. Answers why not, where the file wants another day.
    async fn plan(
        &mut self,
        stage: &mut Stage,
        player: &Player,
        first: Date,
    ) -> anyhow::Result<Option<String>> {
        let mei = &stage.people.coordinator;
        let request = PlanInfusionsRequest {
            act: mei.act("agreed with the ward"),
            trial: stage.trial.clone(),
            subject: player.id.clone(),
            regimen: String::new(),
            first: proto(instant(first.to_datetime(MORNING))?),
        };
        let planned = match call!(mei.dosing, plan_infusions, request).await {
            Ok(planned) => planned.infusions,
            Err(refused) if detail_of(&refused).is_some() => return Ok(Some(refused.message().to_owned())),
            Err(status) => {
                return Err(status).with_context(|| format!("plan the infusions of {}", player.id));
            }
        };
        self.last_first = self.last_first.max(Some(first));
        stage.count("infusions planned", planned.len());
        self.plan.extend(planned.iter().filter_map(due));
        self.plan.sort_unstable();
        Ok(None)
    }

    /// Reads the plan anew: a hold or a late dose moved it.
    pub async fn read_anew(&mut self, stage: &Stage) -> anyhow::Result<()> {
        let all = lists::infusions(&stage.people.auditor, &stage.trial).await.context("list infusions")?;
        self.plan = all
            .iter()
            .filter(|one| matches!(one.state.as_str(), "planned" | "authorized"))
            .filter_map(due)
            .collect();
        self.plan.sort_unstable();
        Ok(())
    }

    /// What is due by a moment, of those who are still treated.
    pub fn due_by(&self, stage: &Stage, at: Timestamp) -> Vec<Due> {
        let due = self.plan.iter().take_while(|due| due.at <= at);
        due.filter(|due| stage.is_treated(&due.subject)).cloned().collect()
    }

    /// Whether anything is to be given to somebody who is still treated.
    pub fn is_busy(&self, stage: &Stage) -> bool {
        self.plan.iter().any(|due| stage.is_treated(&due.subject))
    }

    /// Gives everything that is due this morning. Answers those that a hold refused.
    pub async fn morning(&mut self, stage: &mut Stage, due: &[Due]) -> anyhow::Result<Vec<(Due, NoStart)>> {
        let (mut begun, mut refused) = (Vec::new(), Vec::new());
        for one in due {
            self.prepare(stage, one).await?;
            match self.start(stage, one).await? {
                Ok(()) => begun.push(one.clone()),
                Err(no) => refused.push((one.clone(), no)),
            }
        }
        if !begun.is_empty() {
            stage.later(LASTS_MIN).await?;
        }
        for one in &begun {
            self.complete(stage, one).await?;
        }
        Ok(refused)
    }

    /// Weighs, and has pharmacy authorize lot and amount on that weight. What was ordered and not given stays in the fridge.
    pub async fn prepare(&mut self, stage: &mut Stage, due: &Due) -> anyhow::Result<()> {
        let player = stage.player(&due.subject)?.clone();
        weigh(stage, &player).await?;
        let (lot, cells) = match self.authorized.get(&due.infusion) {
            Some(ordered) => ordered.clone(),
            None => {
                let amount = reckoned(stage, due).await?;
                (self.lot(stage, &player, &amount).await?, amount.number)
            }
        };
        let tan = &stage.people.pharmacist;
        let request = AuthorizeInfusionRequest {
            act: tan.act("right lot, right amount"),
            trial: stage.trial.clone(),
            infusion: due.infusion.clone(),
            lot: lot.clone(),
            cells: cells.clone(),
        };
        let done = call!(tan.dosing, authorize_infusion, request).await;
        done.with_context(|| format!("authorize dose {} of {}", due.number, due.subject))?;
        self.authorized.insert(due.infusion.clone(), (lot, cells));
        Ok(())
    }

    /// Asks for the moment to start; on a Go that was heard and acknowledged the cells flow.
    pub async fn start(&mut self, stage: &Stage, due: &Due) -> anyhow::Result<Result<(), NoStart>> {
        let (lot, _) = self.authorized.get(&due.infusion).cloned().unwrap_or_default();
        let mut statement = match self.bedsides.contains_key(&due.infusion) {
            true => "the earlier ask was refused; nothing was given",
            false => "",
        };
        let bedside = self.bedsides.entry(due.infusion.clone()).or_insert_with(|| {
            let check = BedsideCheck {
                subject: due.subject.clone(),
                lot,
                checked_with: stage.people.second_nurse.name.clone(),
            };
            let of = StartOf { trial: stage.trial.clone(), infusion: due.infusion.clone(), check };
            Bedside::new(stage.people.nurse.clone(), of)
        });
        let mut tries = 0_u32;
        loop {
            match bedside.start(statement).await {
                Ok(_) => break,
                Err(no) if !no.passes() && !waits_for_void(&no) => return Ok(Err(no)),
                Err(no) if tries > 200 => bail!("dose {} of {}: {no}", due.number, due.subject),
                Err(no) => {
                    tries += 1;
                    if no.may_count_as_heard() {
                        abandon(stage, due).await?;
                    }
                    statement = "nobody heard the earlier Go; nothing was given";
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        let yan = &stage.people.nurse;
        let request = ConfirmStartRequest {
            act: yan.act("cells flow"),
            trial: stage.trial.clone(),
            infusion: due.infusion.clone(),
            at: proto(stage.now()),
        };
        call!(yan.dosing, confirm_start, request).await.context("confirm the start")?;
        Ok(Ok(()))
    }

    /// The bag is empty.
    pub async fn complete(&mut self, stage: &mut Stage, due: &Due) -> anyhow::Result<()> {
        let yan = &stage.people.nurse;
        let (_, cells) = self.authorized.get(&due.infusion).cloned().unwrap_or_default();
        let request = CompleteInfusionRequest {
            act: yan.act("bag empty"),
            trial: stage.trial.clone(),
            infusion: due.infusion.clone(),
            at: proto(stage.now()),
            cells,
            stopped_early: false,
            deviation: String::new(),
        };
        call!(yan.dosing, complete_infusion, request).await.context("complete the infusion")?;
        self.plan.retain(|other| other.infusion != due.infusion);
        self.has_given = true;
        self.bedsides.remove(&due.infusion);
        self.authorized.remove(&due.infusion);
        stage.count("infusions", 1);
        Ok(())
    }

    /// A released lot for a subject: one's own where the product is made for one or is given whole, else the shared one in use.
    async fn lot(&mut self, stage: &mut Stage, player: &Player, amount: &Amount) -> anyhow::Result<String> {
        let product = product_of(&stage.protocol, player).context("the regimen has a product")?.clone();
        let own = product.particulars.iter().any(|(key, what)| key == "source" && what == "autologous");
        if !own
            && !amount.whole
            && let Some((lot, served)) = self.shared.get_mut(&amount.unit)
            && *served < OF_ONE_LOT
        {
            *served += 1;
            return Ok(lot.clone());
        }
        self.lots += 1;
        if own {
            let lot = format!("{}-{}", player.id, self.lots);
            return receive(stage, &product, &lot, &amount.unit, Some(&player.id)).await;
        }
        let lot = receive(stage, &product, &format!("L-{:03}", self.lots), &amount.unit, None).await?;
        if !amount.whole {
            self.shared.insert(amount.unit.clone(), (lot.clone(), 1));
        }
        Ok(lot)
    }
}

/// What is prepared for an infusion.
struct Amount {
    number: String,
    /// What it is counted in.
    unit: String,
    /// Whether it is all of a lot.
    whole: bool,
}

/// Whether an earlier permit of this start is not yet known to be void: safety hears of it in a moment, and the nurse asks again.
/// A dose is not put off for that: who starts on which day would hang on how fast the machine is.
fn waits_for_void(no: &NoStart) -> bool {
    no.status().and_then(detail_of).is_some_and(|detail| {
        detail.code == NO_PERMIT && detail.fields.iter().any(|one| one.field == "permit")
    })
}

/// A Go that was heard too late, or whose acknowledgement has no answer, counts as heard until a person says that nothing was
/// given. Where it was not heard there is nothing to abandon.
async fn abandon(stage: &Stage, due: &Due) -> anyhow::Result<()> {
    let yan = &stage.people.nurse;
    let request = AbandonStartRequest {
        act: yan.act("the Go came too late; the line was never opened"),
        trial: stage.trial.clone(),
        infusion: due.infusion.clone(),
    };
    match call!(yan.dosing, abandon_start, request).await {
        Err(status) if detail_of(&status).is_none() => Err(status).context("abandon the start"),
        _ => Ok(()),
    }
}

fn due(infusion: &Infusion) -> Option<Due> {
    Some(Due {
        at: from_proto(infusion.due.as_ref())?,
        subject: infusion.subject.clone(),
        infusion: infusion.infusion.clone(),
        number: infusion.number,
    })
}

fn product_of<'a>(protocol: &'a Protocol, player: &Player) -> Option<&'a Product> {
    let arm = protocol.arms.get(player.allocation()?.arm.as_str())?;
    protocol.product(protocol.investigational_of(arm)?.product.as_ref()?)
}

/// The amount that the platform reckons for an infusion, the least of a range; where it reckons none, all of a lot.
async fn reckoned(stage: &Stage, due: &Due) -> anyhow::Result<Amount> {
    let tan = &stage.people.pharmacist;
    let request = CalculateDoseRequest { trial: stage.trial.clone(), infusion: due.infusion.clone() };
    let answer = call!(tan.dosing, calculate_dose, request).await;
    let dose = answer.with_context(|| format!("reckon dose {} of {}", due.number, due.subject))?.dose;
    let dose = dose.unwrap_or_default();
    let number = [dose.reckoned, dose.lowest].into_iter().find(|number| !number.is_empty());
    Ok(match number {
        Some(number) => Amount { number, unit: dose.unit, whole: false },
        None => Amount { number: CELLS.to_owned(), unit: String::new(), whole: true },
    })
}

/// The day's weight: it swings by less than the file asks about.
async fn weigh(stage: &Stage, player: &Player) -> anyhow::Result<()> {
    if !stage.outline.by_weight {
        return Ok(());
    }
    let yan = &stage.people.nurse;
    let swing =
        Chance::of(stage.seed, &format!("weight of {} on {}", player.id, stage.today())).between(-15, 15);
    let request = RecordWeightRequest {
        act: yan.act("weighed at the bedside"),
        trial: stage.trial.clone(),
        subject: player.id.clone(),
        value: rust_decimal::Decimal::new(player.kilograms * 10 + swing, 1).to_string(),
        unit: "kg".to_owned(),
        measured_at: proto(stage.now()),
    };
    call!(yan.dosing, record_weight, request).await.with_context(|| format!("weigh {}", player.id)).map(drop)
}

/// Pharmacy takes a lot in whose facts meet the file's condition, and releases it.
async fn receive(
    stage: &mut Stage,
    product: &Product,
    lot: &str,
    unit: &str,
    own: Option<&str>,
) -> anyhow::Result<String> {
    let tan = stage.people.pharmacist.clone();
    let mut chance = Chance::of(stage.seed, &format!("lot {lot}"));
    let wishes: Vec<_> = product.accept.iter().map(|accept| (accept, true)).collect();
    let demands = fulfil(&wishes).context("no lot could meet the file's condition")?;
    let facts: Vec<(String, Value)> = demands
        .iter()
        .filter_map(|(fact, demand)| {
            Some((fact.to_string(), value(&stage.protocol, fact, &sim::draw(demand, &mut chance))?))
        })
        .collect();
    let expires = instant(stage.today().checked_add(1.year())?.to_datetime(Time::midnight()))?;
    let request = ReceiveLotRequest {
        act: tan.act("arrived in dry shipper, seal intact"),
        lot: lot.to_owned(),
        product: product.id.to_string(),
        facts: facts.into_iter().collect(),
        cells: CELLS.to_owned(),
        expires: proto(expires),
        for_subject: own.unwrap_or_default().to_owned(),
        for_trial: own.map(|_| stage.trial.clone()).unwrap_or_default(),
        unit: unit.to_owned(),
    };
    call!(tan.dosing, receive_lot, request).await.with_context(|| format!("receive lot {lot}"))?;
    let request = ReleaseLotRequest {
        act: tan.act("certificate read"),
        trial: stage.trial.clone(),
        lot: lot.to_owned(),
        certificate: format!("certificate of {lot}"),
    };
    call!(tan.dosing, release_lot, request).await.with_context(|| format!("release lot {lot}"))?;
    stage.count("lots released", 1);
    Ok(lot.to_owned())
}

/// The site's day of a moment.
pub(super) fn day_of(at: Timestamp) -> Date {
    at.to_zoned(zone()).date()
}
