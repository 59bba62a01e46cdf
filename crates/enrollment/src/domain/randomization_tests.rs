//! Golden lists come from a second implementation of the algorithm, written from its description in another language.

use proptest::prelude::*;

use super::*;

fn arm(id: &str) -> ArmId {
    id.parse().unwrap()
}

fn share(id: &str, ratio: u32, size: u32) -> Share {
    Share { arm: arm(id), ratio, size }
}

fn pgf() -> Design {
    Design::new(vec![share("msc", 1, 34), share("control", 1, 34)], vec![4, 6]).unwrap()
}

fn counting_seed() -> Seed {
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = at as u8;
    }
    Seed::new(bytes)
}

fn letters(design: &Design, stratum: &Stratum) -> String {
    let list = draw(&counting_seed(), design, stratum);
    list.iter().map(|arm| arm.as_str().chars().next().unwrap()).collect()
}

#[test]
fn the_list_of_a_fixed_seed_is_this_one_for_ever() {
    let golden = "mccmmcmccmcmcmcmmccmcmcmcmcmmcmcmcccmmmmcmccmcmcmcmcmccmmcmccmmccmmc";
    assert_eq!(letters(&pgf(), &Stratum::default()), golden);
    assert_eq!(counting_seed().sha256(), "630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd");
}

#[test]
fn each_stratum_has_a_list_of_its_own() {
    let stratum = Stratum::new([("donor".to_owned(), "haploidentical".to_owned())]);
    let golden = "cmcmmcmcmcmccmcmcmcmmcmccmcmmcmccmmccmcmmcmcmmccccmcmmmccmmccmmcmccm";
    assert_eq!(letters(&pgf(), &stratum), golden);
}

#[test]
fn three_arms_in_blocks_of_three_and_six() {
    let shares = ["spinal", "thecal", "placebo"].map(|id| share(id, 1, 21)).to_vec();
    let design = Design::new(shares, vec![3, 6]).unwrap();
    let golden = "stpstpstppsttptssptspstpptspststpptsptstspsptppststttsppspstpst";
    assert_eq!(letters(&design, &Stratum::default()), golden);
}

#[test]
fn the_order_of_a_subject_s_strata_does_not_matter() {
    let (a, b) = (("donor".to_owned(), "haplo".to_owned()), ("pgf".to_owned(), "primary".to_owned()));
    assert_eq!(Stratum::new([a.clone(), b.clone()]), Stratum::new([b, a]));
}

#[test]
fn a_design_that_no_blocks_can_fill_is_refused() {
    let two = |a, b| vec![share("a", 1, a), share("b", 1, b)];
    assert_eq!(Design::new(two(34, 33), vec![4]), Err(DesignError::SizesNotInRatio));
    assert_eq!(Design::new(two(34, 34), vec![5]), Err(DesignError::BlockNotInRatio(5, 2)));
    assert_eq!(Design::new(two(35, 35), vec![4]), Err(DesignError::NoSum(vec![4], 70)));
    assert_eq!(Design::new(two(0, 0), vec![4]), Err(DesignError::Empty));
    assert_eq!(Design::new(vec![], vec![4]), Err(DesignError::Empty));
    assert_eq!(Design::new(two(4, 4), vec![]), Err(DesignError::Empty));
}

#[test]
fn a_single_arm_has_one_place_after_the_other() {
    let design = Design::single(arm("cells"), 30).unwrap();
    let list = draw(&counting_seed(), &design, &Stratum::default());
    assert_eq!(list.len(), 30);
    assert!(list.iter().all(|drawn| drawn.as_str() == "cells"));
}

#[test]
fn a_seed_says_nothing_of_itself() {
    assert_eq!(format!("{:?}", counting_seed()), "Seed(sealed)");
}

/// The blocks of a list, found by the rule that within each the arms are balanced.
fn balanced_at(list: &[&ArmId], arms: usize) -> Vec<usize> {
    let mut counts = std::collections::BTreeMap::new();
    let mut ends = vec![];
    for (at, arm) in list.iter().enumerate() {
        *counts.entry(arm.as_str()).or_insert(0u32) += 1;
        if counts.len() == arms && counts.values().all(|n| n == counts.values().next().unwrap()) {
            ends.push(at + 1);
        }
    }
    ends
}

proptest! {
    #[test]
    fn every_list_has_exactly_the_arms_sizes(bytes: [u8; 32], rows in 1u32..40, ratio in 1u32..4) {
        let shares = vec![share("a", ratio, ratio * rows), share("b", 1, rows)];
        let design = Design::new(shares, vec![ratio + 1, 2 * (ratio + 1)]).unwrap();
        let seed = Seed::new(bytes);
        let list = draw(&seed, &design, &Stratum::default());
        let a = list.iter().filter(|arm| arm.as_str() == "a").count() as u32;
        prop_assert_eq!(a, ratio * rows);
        prop_assert_eq!(list.len() as u32 - a, rows);
        prop_assert_eq!(&list, &draw(&seed, &design, &Stratum::default()));
    }

    #[test]
    fn the_arms_never_drift_further_apart_than_half_a_block(bytes: [u8; 32]) {
        let design = pgf();
        let list = draw(&Seed::new(bytes), &design, &Stratum::default());
        let mut lead = 0i32;
        for arm in &list {
            lead += if arm.as_str() == "msc" { 1 } else { -1 };
            prop_assert!(lead.abs() <= 3);
        }
        prop_assert_eq!(lead, 0);
        let ends = balanced_at(&list, 2);
        prop_assert!(ends.windows(2).all(|pair| pair[1] - pair[0] <= 6));
    }

    #[test]
    fn another_seed_is_another_list(bytes: [u8; 32]) {
        let one = draw(&Seed::new(bytes), &pgf(), &Stratum::default()).into_iter().cloned().collect::<Vec<_>>();
        let mut other_bytes = bytes;
        other_bytes[0] ^= 1;
        let design = pgf();
        let other = draw(&Seed::new(other_bytes), &design, &Stratum::default());
        prop_assert!(one.iter().zip(other).any(|(a, b)| a != b));
    }
}

/// Who guesses the arm with fewer subjects so far, as somebody would who enters patients one by one and sees each arm:
/// the convergence strategy of Blackwell and Hodges (1957).
fn guessed_right(list: &[&ArmId], first: &str) -> u32 {
    let (mut right, mut lead) = (0, 0_i32);
    for (at, arm) in list.iter().enumerate() {
        // Level: nothing tells, so that a fixed and fair guess will do.
        let guesses_first = if lead == 0 { at % 2 == 0 } else { lead < 0 };
        right += u32::from((arm.as_str() == first) == guesses_first);
        lead += if arm.as_str() == first { 1 } else { -1 };
    }
    right
}

/// What a block of 2b places gives away to who knows where it begins: b + (4^b / C(2b, b) - 1) / 2 right guesses.
fn given_away(block: u32) -> f64 {
    let b = block / 2;
    let ways = (1..=b).fold(1.0, |ways, k| ways * f64::from(b + k) / f64::from(k));
    f64::from(b) + (4.0_f64.powi(i32::try_from(b).unwrap()) / ways - 1.0) / 2.0
}

/// Story 17: in an open-label trial of one center blocks can be guessed. How often is bounded by what the file's smallest
/// block gives away, and mixing sizes keeps it below that.
#[test]
fn story_17_a_guesser_is_right_no_more_often_than_the_blocks_allow() {
    let lists = 4_000_u32;
    let mut right = 0;
    for n in 0..lists {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        right += guessed_right(&draw(&Seed::new(bytes), &pgf(), &Stratum::default()), "msc");
    }
    let rate = f64::from(right) / f64::from(lists * pgf().size());
    let (of_four, of_six) = (given_away(4) / 4.0, given_away(6) / 6.0);
    println!("predicted correctly: {rate:.4}; blocks of 4 alone allow {of_four:.4}, of 6 alone {of_six:.4}");
    assert!((of_four - 0.708_33).abs() < 1e-4 && (of_six - 0.683_33).abs() < 1e-4);
    assert!(rate < of_four, "{rate}");
    assert!(
        rate > 0.6,
        "a guesser who sees the arms is better than a coin, or the strategy is not played: {rate}"
    );
}
