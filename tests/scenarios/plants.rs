//! Inconsistencies as somebody with the databases' passwords would make them: rows are changed or deleted behind the services'
//! backs after an evening in which everything was in order. Each says what the consistency report must name.

use anyhow::Context as _;
use holdpoint_system_tests::journal::{Database, change_byte};
use holdpoint_system_tests::rows::{Row, Tables};
use holdpoint_system_tests::story::{LOT, TRIAL, moment};
use serde_json::{Value, json};

/// What was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    /// No consent of a subject stands any more.
    ConsentRemoved,
    /// A criterion of the judgement that an allocation rests on is not satisfied.
    JudgementFlipped,
    /// A subject has an allocation more.
    RandomizedTwice,
    /// Two subjects have the same place of the list.
    PlaceShared,
    /// A subject that was treated is not randomized.
    NeverRandomized,
    /// Safety does not know the permit of an infusion.
    PermitMissing,
    /// Safety says that the permit of an infusion is void.
    PermitVoid,
    /// The lot that everybody was given is not released.
    LotNotReleased,
    /// The weight that an order rests on is not there.
    WeightMissing,
    /// The weight that an order rests on is ten times what it was.
    WeightChanged,
    /// One service's check of a hold is missing.
    HoldUnchecked,
    /// The rules' answer to a serious event is missing.
    VerdictMissing,
    /// An infusion began under a hold.
    StartUnderHold,
    /// The permit of an infusion was given under a hold.
    PermitUnderHold,
    /// A reader stands before a row that nobody can read.
    CursorBehind,
}

/// What the report must say of a plant.
#[derive(Debug, Clone)]
pub struct Named {
    /// The checks that may find anything, the one that must first.
    pub checks: &'static [&'static str],
    /// Whom the finding is about; empty where it is about no subject.
    pub subject: String,
    /// What its words name.
    pub words: Vec<String>,
}

/// What is known of the evening: two subjects with two doses each.
#[derive(Debug, Clone)]
pub struct Told {
    /// The subject that most plants are about.
    pub subject: String,
    /// Its first infusion.
    pub infusion: String,
    /// Another subject.
    pub other: String,
    /// The moment in which an infusion must not begin.
    pub under_hold: &'static str,
}

impl Plant {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::ConsentRemoved,
        Self::JudgementFlipped,
        Self::RandomizedTwice,
        Self::PlaceShared,
        Self::NeverRandomized,
        Self::PermitMissing,
        Self::PermitVoid,
        Self::LotNotReleased,
        Self::WeightMissing,
        Self::WeightChanged,
        Self::HoldUnchecked,
        Self::VerdictMissing,
        Self::StartUnderHold,
        Self::PermitUnderHold,
        Self::CursorBehind,
    ];

    /// Whose database is changed.
    fn service(self) -> &'static str {
        match self {
            Self::ConsentRemoved
            | Self::JudgementFlipped
            | Self::RandomizedTwice
            | Self::PlaceShared
            | Self::NeverRandomized => "enrollment",
            Self::LotNotReleased | Self::WeightMissing | Self::WeightChanged | Self::StartUnderHold => {
                "dosing"
            }
            Self::CursorBehind => "labs",
            Self::PermitMissing
            | Self::PermitVoid
            | Self::HoldUnchecked
            | Self::VerdictMissing
            | Self::PermitUnderHold => "safety",
        }
    }

    /// Changes the databases at an address, and says what must be named.
    pub async fn put(self, store: &str, told: &Told) -> anyhow::Result<Named> {
        let mut tables = Tables::open(store, self.service()).await?;
        let named = match self.service() {
            "enrollment" => self.in_enrollment(&mut tables, told).await,
            "dosing" => self.in_dosing(&mut tables, told).await,
            "labs" => behind(store, tables.database()).await,
            _ => self.in_safety(&mut tables, told).await,
        };
        tables.close().await?;
        named.with_context(|| format!("plant {self:?}"))
    }

    async fn in_enrollment(self, tables: &mut Tables, told: &Told) -> anyhow::Result<Named> {
        let subject = subject(tables, &told.subject).await?;
        let about = |checks, words: &[&str]| named(checks, &told.subject, words);
        match self {
            Self::ConsentRemoved => {
                tables.set("subject", &subject, "/stage/consents/first/corrected", json!(true)).await?;
                Ok(about(&["consent"], &["no consent is recorded"]))
            }
            Self::JudgementFlipped => {
                let basis = tables.first("basis", |row| row.body["subject"] == *told.subject).await?;
                tables.set("basis", &basis, "/criteria/0/satisfied", json!(false)).await?;
                Ok(about(&["eligible"], &[text(&basis, "/criteria/0/id")?]))
            }
            Self::RandomizedTwice => {
                let mut earlier = subject.body["stage"]["shown"].clone();
                earlier["permit"] = json!("0190a000-0000-7000-8000-000000000000");
                earlier["slot"]["number"] = json!(40);
                tables.set("subject", &subject, "/earlier", json!([earlier])).await?;
                Ok(about(&["once", "allocation", "eligible"], &["randomized twice"]))
            }
            Self::PlaceShared => {
                let other = self::subject(tables, &told.other).await?;
                let place = subject.body.pointer("/stage/shown/slot").context("a place")?.clone();
                tables.set("subject", &other, "/stage/shown/slot", place).await?;
                Ok(named(&["once"], &told.other, &[&told.subject]))
            }
            _ => {
                let stage = json!({ "is": "consented", "consents": subject.body["stage"]["consents"] });
                tables.set("subject", &subject, "/stage", stage).await?;
                Ok(about(&["randomized"], &["enrollment knows no allocation"]))
            }
        }
    }

    async fn in_dosing(self, tables: &mut Tables, told: &Told) -> anyhow::Result<Named> {
        let infusion = tables.first("infusion", |row| row.id == told.infusion).await?;
        let about = |checks, words: &[&str]| named(checks, &told.subject, words);
        match self {
            Self::LotNotReleased => {
                let lot = tables.first("lot", |row| row.id == LOT).await?;
                tables.set("lot", &lot, "/state", json!("received")).await?;
                Ok(about(&["lot"], &["dose 1", LOT, "not released"]))
            }
            Self::WeightMissing => {
                tables.delete("weight", text(&infusion, "/stage/actual/order/weight/id")?).await?;
                Ok(about(&["weight"], &["dose 1", "does not know"]))
            }
            Self::WeightChanged => {
                let id = text(&infusion, "/stage/actual/order/weight/id")?;
                let weight = tables.first("weight", |row| row.id == id).await?;
                let tenfold = format!("{}0", text(&weight, "/kilograms")?);
                tables.set("weight", &weight, "/kilograms", json!(tenfold)).await?;
                Ok(about(&["weight"], &["dose 1", "another than its order says"]))
            }
            _ => {
                let at = json!(moment(told.under_hold)?.as_microsecond());
                tables.set("infusion", &infusion, "/stage/actual/state/completed/at", at).await?;
                Ok(about(&["interval"], &["dose 1 was started under hold"]))
            }
        }
    }

    async fn in_safety(self, tables: &mut Tables, told: &Told) -> anyhow::Result<Named> {
        let permit = tables.first("permit", |row| row.body["asked"]["infusion"] == *told.infusion).await?;
        let about = |checks, words: &[&str]| named(checks, &told.subject, words);
        match self {
            Self::PermitMissing => {
                tables.delete("permit", &permit.id).await?;
                Ok(about(&["permit"], &["dose 1", "without a permit"]))
            }
            Self::PermitVoid => {
                tables.set("permit", &permit, "/state", json!({ "void": { "stated": false } })).await?;
                Ok(about(&["permit"], &["dose 1", "void permit"]))
            }
            Self::HoldUnchecked => {
                let board = tables.first("board", |_| true).await?;
                tables.set("board", &board, "/checks/labs", Value::Null).await?;
                Ok(named(&["hold"], "", &[&board.id, "not checked by labs"]))
            }
            Self::VerdictMissing => {
                let event = tables.first("adverse_event", |_| true).await?;
                tables.delete("verdict", &event.id).await?;
                Ok(named(&["verdict"], text(&event, "/subject")?, &[&event.id, "no verdict"]))
            }
            _ => {
                let at = json!(moment(told.under_hold)?.to_string());
                tables.set("permit", &permit, "/issued_at", at).await?;
                let hold = tables.first("hold", |_| true).await?.id;
                Ok(about(&["interval"], &["dose 1 was permitted under hold", &hold]))
            }
        }
    }
}

/// Labs goes back by one row of safety, and a byte of that row is another: it cannot be applied a second time.
async fn behind(store: &str, labs: &mut Database) -> anyhow::Result<Named> {
    let mut safety = Database::open(store, "safety").await?;
    let newest = format!("SELECT CAST(number AS TEXT) FROM journal_head WHERE chain = '{TRIAL}'");
    let number: u64 = safety.texts(&newest, 1).await?.concat().concat().parse()?;
    let before = number - 1;
    let hash = safety.hex("hash");
    let row = format!("chain = '{TRIAL}' AND number");
    let hash = safety.texts(&format!("SELECT {hash} FROM journal_row WHERE {row} = {before}"), 1).await?;
    let hash = labs.literal(&hex::decode(hash.concat().concat())?);
    change_byte(&mut safety, "journal_row", "public", &format!("{row} = {number}")).await?;
    safety.close().await?;
    let cursor = format!("source = 'safety' AND chain = '{TRIAL}'");
    labs.run(&format!("UPDATE journal_cursor SET number = {before}, hash = {hash} WHERE {cursor}")).await?;
    // Safety writes on: it is told of the parked row.
    let words = format!("labs is at row {before} of ");
    Ok(named(&["cursor"], "", &[&words, "of safety"]))
}

async fn subject(tables: &mut Tables, subject: &str) -> anyhow::Result<Row> {
    tables.first("subject", |row| row.body["id"] == *subject).await
}

fn text<'a>(row: &'a Row, pointer: &str) -> anyhow::Result<&'a str> {
    let found = row.body.pointer(pointer).and_then(Value::as_str);
    found.with_context(|| format!("{} has no text at {pointer}: {}", row.id, row.body))
}

fn named(checks: &'static [&'static str], subject: &str, words: &[&str]) -> Named {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    Named { checks, subject: subject.to_owned(), words }
}
