//! Each single change to the protocol breaks a property, and the checker shows the way there.

use holdpoint_model::explore::{Limits, explore};
use holdpoint_model::mutation::Mutation;

/// It breaks what it is said to break, and not for want of reaching anything.
fn breaks(mutation: Mutation) {
    let limits = Limits::until_broken(2_000_000);
    let found = explore(mutation.world(), limits);
    assert!(found.breaks(mutation.breaks()), "{mutation:?}: {found:?}");
}

macro_rules! broken {
    ($($test:ident: $mutation:ident;)*) => {
        $(#[test]
        fn $test() {
            breaks(Mutation::$mutation);
        })*

        #[test]
        fn none_is_left_out() {
            assert_eq!(Mutation::all(), [$(Mutation::$mutation),*]);
        }
    };
}

broken! {
    a_permit_without_a_look_at_the_holds: NoHoldCheck;
    a_life_counted_from_the_answer: LifeFromAnswer;
    no_second_look_at_the_clocks: NoSecondLook;
    a_go_kept_as_an_answer: GoKept;
    settled_by_the_commit_of_the_claim: SettledByClaim;
    effective_at_once_with_permits_out: EffectiveAtOnce;
    only_the_askers_view: OnlyAskersView;
    only_safetys_own_view: OnlySafetysView;
    a_permit_answered_from_memory: PermitFromMemory;
    a_restart_that_voids: RestartVoids;
    a_release_that_clears_all: ReleaseClearsAll;
    no_comparison_of_heads_after_a_restore: NoHeadComparison;
    safetys_wall_clock_for_lives: WallClockForLives;
    the_boot_clock_alone_for_a_go: BootClockForGo;
    a_list_of_living_permits_only: ListOfLivingOnly;
    a_restored_safety_that_does_not_wait: RestoreForgetsToWait;
    a_started_safety_that_takes_itself_for_whole: SureAtStart;
    a_forgotten_permit_that_is_not_adopted: ForgottenNotAdopted;
    a_claim_after_the_void: NoUniqueFate;
}
