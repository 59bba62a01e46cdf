//! Each single change to the protocol breaks a property, and the checker shows the way there.

use holdpoint_model::config::Config;
use holdpoint_model::explore::{Limits, explore};
use holdpoint_model::mutation::Mutation;
use holdpoint_model::names::Service;
use holdpoint_model::state::Left;

const LIMITS: Limits = Limits { threads: 1, first: true, most: 3_000_000 };

/// The mutated configuration breaks one of the properties, and not for want of reaching anything.
fn breaks(config: Config, mutation: Mutation, properties: &[&str]) {
    let found = explore(config.with(mutation), LIMITS);
    let broken: Vec<&str> = found.broken.iter().map(|(property, _)| *property).collect();
    assert!(
        broken.iter().any(|property| properties.iter().any(|expected| property.starts_with(expected))),
        "{mutation:?} broke {broken:?} in {} steps",
        found.steps
    );
    for (property, way) in &found.broken {
        println!("{mutation:?} breaks {property} in {} steps: {way:?}", way.len());
    }
}

fn with_clocks(config: Config) -> Config {
    Config { left: Left { clocks: 1, ..config.left.clone() }, ..config }
}

#[test]
fn a_permit_without_a_look_at_the_holds() {
    breaks(Config::plain(), Mutation::NoHoldCheck, &["H1"]);
}

#[test]
fn a_life_counted_from_the_answer() {
    breaks(Config::plain(), Mutation::LifeFromAnswer, &["H1", "H3"]);
}

#[test]
fn no_second_look_at_the_clocks() {
    breaks(Config::plain(), Mutation::NoSecondLook, &["H1"]);
}

#[test]
fn a_go_kept_as_an_answer() {
    breaks(Config { copies: 2, ..Config::plain() }, Mutation::GoKept, &["H1"]);
}

#[test]
fn settled_by_the_commit_of_the_claim() {
    breaks(Config::plain(), Mutation::SettledByClaim, &["H1"]);
}

#[test]
fn effective_at_once_with_permits_out() {
    breaks(Config::plain(), Mutation::EffectiveAtOnce, &["H1"]);
}

#[test]
fn only_the_askers_view() {
    breaks(Config::scope_change(), Mutation::OnlyAskersView, &["H1"]);
}

#[test]
fn only_safetys_own_view() {
    breaks(Config::scope_change(), Mutation::OnlySafetysView, &["H1"]);
}

#[test]
fn a_permit_answered_from_memory() {
    breaks(Config { attempts: 2, ..Config::plain() }, Mutation::PermitFromMemory, &["H1"]);
}

#[test]
fn a_restart_that_voids() {
    let left = Left { dosing_restarts: 1, ..Config::plain().left };
    breaks(Config { left, ..Config::plain() }, Mutation::RestartVoids, &["H1", "H2"]);
}

#[test]
fn a_release_that_clears_all() {
    breaks(Config::two_holds_and_a_release(), Mutation::ReleaseClearsAll, &["H5"]);
}

#[test]
fn no_comparison_of_heads_after_a_restore() {
    breaks(Config::restores(Service::Safety), Mutation::NoHeadComparison, &["H1", "H7"]);
}

#[test]
fn safetys_wall_clock_for_lives() {
    breaks(with_clocks(Config::plain()), Mutation::WallClockForLives, &["H1"]);
}

#[test]
fn the_boot_clock_alone_for_a_go() {
    breaks(with_clocks(Config::plain()), Mutation::BootClockForGo, &["H1"]);
}

#[test]
fn a_list_of_living_permits_only() {
    breaks(Config::plain(), Mutation::ListOfLivingOnly, &["H2"]);
}

#[test]
fn a_restored_safety_that_does_not_wait() {
    breaks(Config::restores(Service::Safety), Mutation::RestoreForgetsToWait, &["H1", "H2"]);
}

#[test]
fn a_forgotten_permit_that_is_not_adopted() {
    breaks(Config::restores(Service::Safety), Mutation::ForgottenNotAdopted, &["H1", "H2", "H7"]);
}

#[test]
fn a_claim_after_the_void() {
    breaks(Config { attempts: 2, ..Config::plain() }, Mutation::NoUniqueFate, &["H1", "H2"]);
}

/// An open limit of the protocol as it runs, and no change to it: a hold that a restored safety places before it has
/// compared heads with a peer does not wait for the permits that safety has forgotten.
#[test]
fn a_hold_placed_before_a_restored_safety_has_heard_its_peers() {
    let config = Config { early: true, ..Config::restores(Service::Safety) };
    let found = explore(config, LIMITS);
    assert!(found.broken.iter().any(|(property, _)| property.starts_with("H1")), "{found:?}");
}

#[test]
fn the_protocol_as_it_runs_breaks_nothing() {
    let found = explore(Config::plain(), Limits { first: false, ..LIMITS });
    assert!(found.is_clean(), "{found:?}");
}
