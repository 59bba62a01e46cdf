//! Story 11: two hundred allocations at once, on three copies of the service over one PostgreSQL.

use std::collections::BTreeSet;

use holdpoint_api::common::v1::Role as PbRole;
use holdpoint_chassis::identity::Role;
use holdpoint_enrollment::domain::places::Places;
use holdpoint_enrollment::domain::subject::Subject;

use crate::house::{Db, House, TRIAL, small_trial_file, without};

const CROWD: usize = 200;
const COPIES: usize = 3;

/// The small trial with a hundred places in each arm.
fn large_trial() -> String {
    let file = small_trial_file().replace("size  = 34", "size  = 100");
    without(&file, |section| section == "[sample-size]" || section == "[open.sample-size]")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn story_11_two_hundred_at_once_on_three_copies_get_each_place_once() {
    let Some(db) = Db::postgres() else { return };
    let house = House::copies(db, COPIES).await;
    let gao = house.in_force(large_trial()).await;
    gao.delegate("cora", PbRole::Coordinator).await.unwrap();
    for n in 1..=CROWD {
        gao.ready(&format!("P-{n:03}")).await;
    }
    let people: Vec<_> =
        (0..COPIES).map(|copy| house.person_at(copy, "cora", &[Role::Coordinator])).collect();
    let asked = (1..=CROWD).map(|n| {
        let (cora, subject) = (people[n % COPIES].clone(), format!("P-{n:03}"));
        tokio::spawn(async move { cora.allocate(&subject).await })
    });
    let answers = futures::future::join_all(asked).await;
    let refused: Vec<_> =
        answers.iter().filter_map(|answer| answer.as_ref().unwrap().as_ref().err()).collect();
    assert!(refused.is_empty(), "{} refused, the first: {:?}", refused.len(), refused[0]);

    let Places::List(list) = house.store.get::<Places>(TRIAL).await.unwrap().unwrap().value else {
        panic!("the trial draws from a list")
    };
    let subjects = house.store.find::<Subject>(&[("trial", TRIAL)]).await.unwrap();
    let shown: Vec<_> = subjects.iter().map(|subject| (&subject.id, subject.shown().unwrap())).collect();
    let places: BTreeSet<u32> = shown.iter().map(|(_, shown)| shown.slot.number).collect();
    assert_eq!(places, (1..=200).collect(), "every place once");
    list.verify(shown.iter().map(|(id, shown)| (*id, &shown.slot, &shown.arm)))
        .expect("as a serial replay gives it");
    let in_order: Vec<u32> = list.taken().iter().map(|taken| taken.slot.number).collect();
    assert_eq!(in_order, (1..=200).collect::<Vec<_>>(), "drawn one after the other");
    let msc = shown.iter().filter(|(_, shown)| shown.arm.as_str() == "msc").count();
    assert_eq!(msc, CROWD / 2);
}
