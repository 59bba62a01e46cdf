//! Reads products and regimens.

use super::block::{Block, Keys, blocks};
use super::context::Context;
use super::findings::quote;
use super::{inject, ladder};
use crate::blocks::Blocks;
use crate::finding::Code;
use crate::ids::{ProductId, RegimenId};
use crate::model::{Give, Product, Regimen, RegimenRole, Step};
use crate::scalar::{Dose, First, Interval, Late, SpanUnit};

const PRODUCT: Keys =
    Keys { may: &["source", "maker", "attest", "accept", "from", "volume", "takes", "strength"], must: &[] };
const REGIMEN: Keys = Keys {
    may: &[
        "product",
        "role",
        "route",
        "dose",
        "tolerance",
        "times",
        "every",
        "window",
        "late",
        "first",
        "weigh",
        "reweigh",
        "care",
        "inject",
        "give",
        "steps",
        "when",
        "drug",
        "levels",
        "start",
        "again",
        "titrate",
    ],
    must: &["role"],
};
const GIVE: Keys = Keys { may: &["drug", "dose", "every", "days", "route"], must: &["drug", "dose"] };

/// `[product.x]`.
pub(super) fn products(cx: &Context<'_>) -> Blocks<ProductId, Product> {
    blocks(cx, "product", &PRODUCT, |block, id| {
        let prose = block.particulars(&["source", "maker", "takes", "volume", "strength"]);
        Some(Product {
            id,
            head: block.head(),
            attest: block.text("attest"),
            accept: block.condition("accept", &cx.dictionaries.lot_facts),
            from: block.event("from"),
            particulars: prose.into_iter().map(|(key, texts)| (key, texts.join(", "))).collect(),
        })
    })
}

/// `[regimen.x]`.
pub(super) fn regimens(cx: &Context<'_>) -> Blocks<RegimenId, Regimen> {
    blocks(cx, "regimen", &REGIMEN, regimen)
}

fn regimen(block: &Block<'_>, id: RegimenId) -> Option<Regimen> {
    let role = block.word("role", RegimenRole::from_word, RegimenRole::WORDS);
    let product = block.text_at("product");
    let product = product.and_then(|(text, at)| block.name("product", text, at, &block.cx.names.products));
    let steps = block.entries("steps").iter();
    let steps = steps
        .map(|entry| Step { name: entry.key.clone(), what: super::written(&entry.node.value).join(", ") });
    let regimen = Regimen {
        id,
        head: block.head(),
        role: role?,
        product,
        drug: block.text("drug"),
        route: block.text("route"),
        dose: block.scalar("dose"),
        tolerance: block.scalar("tolerance"),
        times: block.count("times"),
        every: block.scalar("every"),
        window: block.scalar("window"),
        late: block.scalar("late"),
        first: first(block),
        weigh: block.scalar("weigh"),
        reweigh: block.scalar("reweigh"),
        care: block.text("care"),
        inject: inject::read(block),
        give: block.tables("give").iter().filter_map(give).collect(),
        steps: steps.collect(),
        when: block.condition("when", &block.cx.dictionaries.facts),
        ladder: ladder::ladder(block),
    };
    let in_numbers = regimen.dose.as_ref().filter(|dose| dose.amount().is_some());
    inject::check_sum(block, &regimen.inject, in_numbers);
    check_repeats(block, &regimen);
    if regimen.role == RegimenRole::Investigational {
        check_investigational(block, &regimen);
    }
    Some(regimen)
}

fn check_repeats(block: &Block<'_>, regimen: &Regimen) {
    if regimen.doses() > 1 && !block.has("every") {
        block.find_at("times", Code::Missing, "repeats without an interval", "every = \"SPAN\"");
    }
    if let Some(Late::Shift { least_days, most_days }) = regimen.late {
        let days = regimen.every.as_ref().and_then(days_apart).unwrap_or(0);
        if !(least_days..=most_days).contains(&days) {
            let found = format!("late: every is not between the two, {least_days} and {most_days} days");
            block.find_at("late", Code::DoesNotFit, found, "every in whole days or weeks, between the two");
        }
    }
}

fn days_apart(every: &Interval) -> Option<u32> {
    let per_unit: u32 = match every.most().unit() {
        SpanUnit::Day => 1,
        SpanUnit::Week => 7,
        _ => return None,
    };
    let number = every.most().number();
    let whole = number.is_integer() && !every.is_range();
    whole.then(|| u32::try_from(number).ok()).flatten()?.checked_mul(per_unit)
}

fn check_investigational(block: &Block<'_>, regimen: &Regimen) {
    if !block.has("product") || !block.has("route") {
        block.find_here(
            Code::Missing,
            "investigational: product or route is missing",
            "both product and route",
        );
    }
    if !block.has("dose") && block.cx.names.cohorts.is_empty() {
        block.find_here(
            Code::Missing,
            "investigational: dose is missing",
            "a dose here, or cohorts with theirs",
        );
    }
    if regimen.dose.as_ref().is_some_and(Dose::is_per_kilogram) && !block.has("weigh") {
        let allowed = "weigh = \"on the day\", or \"within SPAN before dose\"";
        block.find_at("dose", Code::Missing, "dose per kg: weigh is missing", allowed);
    }
}

fn first(block: &Block<'_>) -> Option<First> {
    let (text, at) = block.text_at("first")?;
    let first: First = block.scalar_of("first", text, at)?;
    let names = block.cx.names;
    if names.phases.contains(&first.after) || names.events.contains(&first.after) {
        return Some(first);
    }
    block.find(
        at,
        Code::UnknownName,
        format!("unknown event '{}'", quote(&first.after)),
        "an event or a phase",
    );
    None
}

fn give(block: &Block<'_>) -> Option<Give> {
    block.check_keys(&GIVE, &[]);
    let (drug, dose) = (block.text("drug"), block.scalar::<Dose>("dose"));
    let (every, days) = (block.scalar("every"), block.count("days"));
    let drug = drug?;
    if dose.is_some_and(|dose| dose != Dose::ToBeEntered) && (every.is_none() || days.is_none()) {
        let found = format!("{}: every or days is missing or wrong", quote(&drug));
        block.find_here(Code::Missing, found, "every and days, or dose = \"to be entered\"");
    }
    Some(Give { drug, dose: dose?, every, days, route: block.text("route") })
}
