//! Reads the sample size and reckons it again from its figures (semantics 42).

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use statrs::distribution::{ContinuousCDF, Normal};

use super::block::{Block, Keys, single};
use super::context::Context;
use super::groups::by_name;
use crate::blocks::Blocks;
use crate::document::Value;
use crate::finding::Code;
use crate::ids::ArmId;
use crate::model::{Arm, Correction, Enrollment, Figures, SampleSize, SampleSizeTest};
use crate::scalar::Percent;

const KEYS: Keys = Keys {
    may: &[
        "endpoint",
        "test",
        "expected",
        "alpha",
        "sides",
        "correction",
        "power",
        "per-arm",
        "dropout",
        "enroll",
    ],
    must: &["enroll"],
};

/// `[sample-size]`.
pub(super) fn sample_size(cx: &Context<'_>, arms: &Blocks<ArmId, Arm>) -> Option<SampleSize> {
    let block = single(cx, "sample-size", &KEYS)?;
    let head = block.head();
    let endpoint = block.text_at("endpoint");
    let endpoint = endpoint.and_then(|(text, at)| block.name("endpoint", text, at, &cx.names.endpoints));
    let figures = figures(&block);
    if let Some(figures) = &figures {
        check_figures(&block, figures);
    }
    let enroll = enrollment(&block, arms);
    Some(SampleSize { head, endpoint, figures, dropout: block.scalar("dropout"), enroll })
}

fn enrollment(block: &Block<'_>, arms: &Blocks<ArmId, Arm>) -> Enrollment {
    let all: Blocks<ArmId, u32> = by_name(block, "enroll");
    let total = all.get("total").copied();
    let arm_sizes: Blocks<ArmId, u32> =
        all.iter().filter(|(id, _)| id.as_str() != "total").map(|(id, size)| (id.clone(), *size)).collect();
    for (id, size) in arm_sizes.iter() {
        if arms.get(id).and_then(|arm| arm.size) != Some(*size) {
            block.find_at(
                "enroll",
                Code::DoesNotFit,
                format!("{id} has another size as an arm"),
                "the arm's size",
            );
        }
    }
    let sum: u64 = arms.values().filter_map(|arm| arm.size).map(u64::from).sum();
    if sum > 0 && block.has("enroll") {
        match total {
            None => block.find_at("enroll", Code::Missing, "total is missing", "enroll = { total = N }"),
            Some(total) if u64::from(total) != sum => {
                let found = format!("arms add to {sum}, total is {total}");
                block.find_at("enroll", Code::DoesNotFit, found, format!("total = {sum}"));
            }
            Some(_) => {}
        }
    }
    Enrollment { arms: arm_sizes, total }
}

fn figures(block: &Block<'_>) -> Option<Figures> {
    let test = block.word("test", SampleSizeTest::from_word, SampleSizeTest::WORDS);
    let correction = block.word("correction", Correction::from_word, Correction::WORDS);
    let (alpha, power) = (block.decimal("alpha"), block.decimal("power"));
    let (sides, per_arm) = (block.count("sides"), block.count("per-arm"));
    if !block.has("expected") {
        return None;
    }
    let needed = ["test", "alpha", "sides", "power", "per-arm", "endpoint"];
    let lacking: Vec<&str> = needed.into_iter().filter(|key| !block.has(key)).collect();
    if !lacking.is_empty() {
        block.find_here(
            Code::Missing,
            format!("{} is missing", lacking.join(", ")),
            "all figures of the test",
        );
    }
    let expected: Blocks<ArmId, Percent> = block
        .entries("expected")
        .iter()
        .filter_map(|entry| {
            let Value::Text(text) = &entry.node.value else { return None };
            let percent = block.scalar_of("expected", text, entry.node.at.start)?;
            Some((block.name("arm", &entry.key, entry.at.start, &block.cx.names.arms)?, percent))
        })
        .collect();
    if expected.len() != 2 || block.entries("expected").len() != 2 {
        block.find_at(
            "expected",
            Code::DoesNotFit,
            "expected compares two arms",
            "{ ARM = \"76 %\", ARM = \"38 %\" }",
        );
    }
    let correction = correction.unwrap_or(Correction::None);
    Some(Figures {
        test: test?,
        expected,
        alpha: alpha?,
        sides: sides?,
        correction,
        power: power?,
        per_arm: per_arm?,
    })
}

fn check_figures(block: &Block<'_>, figures: &Figures) {
    let between = |number: Decimal| number > Decimal::ZERO && number < Decimal::ONE;
    if !between(figures.alpha) || !between(figures.power) || !(1..=2).contains(&figures.sides) {
        let allowed = "alpha and power between 0 and 1, sides 1 or 2";
        block.find_here(Code::DoesNotFit, "figures of no test", allowed);
        return;
    }
    if figures.expected.len() != 2 {
        return;
    }
    match per_arm(figures) {
        Some(given) if given == figures.per_arm => {}
        Some(given) => {
            let found = format!("per-arm is {}, these figures give {given}", figures.per_arm);
            block.find_at("per-arm", Code::DoesNotFit, found, format!("per-arm = {given}"));
        }
        None => {
            block.find_at("expected", Code::DoesNotFit, "these figures give no size", "two different shares")
        }
    }
}

/// Two proportions by Fleiss, with the correction of Fleiss, Tytun and Ury. A check of the paper's
/// arithmetic, no clinical decision: floating point is exact enough for a number of people.
fn per_arm(figures: &Figures) -> Option<u32> {
    let shares: Vec<f64> = figures.expected.values().filter_map(|percent| percent.share().to_f64()).collect();
    let [one, other] = shares.as_slice() else { return None };
    let (alpha, power) = (figures.alpha.to_f64()?, figures.power.to_f64()?);
    let normal = Normal::new(0.0, 1.0).ok()?;
    let mean = f64::midpoint(*one, *other);
    let gap = (one - other).abs();
    let pooled = (2.0 * mean * (1.0 - mean)).sqrt();
    let apart = (one * (1.0 - one) + other * (1.0 - other)).sqrt();
    let chance = normal.inverse_cdf(1.0 - alpha / f64::from(figures.sides));
    let mut size = (chance * pooled + normal.inverse_cdf(power) * apart).powi(2) / gap.powi(2);
    if figures.correction == Correction::Continuity {
        size = size / 4.0 * (1.0 + (1.0 + 4.0 / (size * gap)).sqrt()).powi(2);
    }
    size.is_finite().then(|| size.ceil().to_u32()).flatten()
}
