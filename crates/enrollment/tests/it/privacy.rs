//! Personal data stays in the private part: never in an event, an error or a `Debug`; and no arm is told early.

use holdpoint_api::enrollment::v1 as pb;
use holdpoint_enrollment::domain::person::Person;

use crate::house::{House, TRIAL, on_both_databases};
use crate::person::code;

on_both_databases!(personal_data_stays_private, no_arm_is_told_before_it_is_shown);

const CANARIES: [&str; 3] = ["1931-07-29", "CANARY-4711", "QZX"];

async fn personal_data_stays_private(house: House) {
    let gao = house.small_trial().await;
    let [birth_date, hospital_number, initials] = CANARIES.map(str::to_owned);
    let canary = pb::ScreenSubjectRequest { birth_date, hospital_number, initials, ..gao.screening("P-001") };
    gao.client().screen_subject(canary.clone()).await.unwrap();
    let mut said = String::new();
    let act = gao.act();
    for wrong in [
        pb::ScreenSubjectRequest { act: act.clone(), subject: "P-002".into(), ..canary.clone() },
        pb::ScreenSubjectRequest { act: gao.act(), subject: String::new(), ..canary.clone() },
        pb::ScreenSubjectRequest {
            act: gao.act(),
            hospital_number: "1".into(),
            subject: "P-003".into(),
            ..canary.clone()
        },
        pb::ScreenSubjectRequest { site: "elsewhere".into(), ..canary.clone() },
    ] {
        said.push_str(&format!("{:?}", gao.client().screen_subject(wrong).await.unwrap_err()));
    }
    gao.consent("P-001", "2026-03-01").await.unwrap();
    said.push_str(&format!("{:?}", gao.assess("P-001", "randomization").await.unwrap()));
    gao.allocate("P-001").await.unwrap();
    said.push_str(&format!("{:?}", gao.subject("P-001").await));
    let [birth_date, hospital_number, initials] = CANARIES;
    let person = Person {
        birth_date: birth_date.parse().unwrap(),
        sex: "female".into(),
        hospital_number: hospital_number.into(),
        initials: initials.into(),
    };
    said.push_str(&format!("{person:?}"));
    let events = house.events().await;
    assert!(events.len() > 6);
    for canary in CANARIES {
        assert!(!said.contains(canary), "{canary} in {said}");
        let told = |data: &[u8]| data.windows(canary.len()).any(|window| window == canary.as_bytes());
        for (kind, data) in &events {
            assert!(!told(data), "{canary} in {kind}");
        }
    }
}

async fn no_arm_is_told_before_it_is_shown(house: House) {
    let gao = house.small_trial().await;
    gao.ready("P-001").await;
    let shown = gao.randomize("P-001", 1).await.unwrap();
    let about = |kind: &str| !kind.ends_with("ProtocolActivated");
    let early = house.events().await;
    for (kind, data) in early.iter().filter(|(kind, _)| about(kind)) {
        let text = String::from_utf8_lossy(data).replace("pgf-msc", "");
        assert!(!text.contains("msc") && !text.contains("control"), "{kind} tells the arm early");
    }
    assert!(!shown.permit.contains(&shown.arm));
    let subject = gao.subject("P-001").await;
    assert_eq!((subject.arm.as_str(), subject.state.as_str()), ("", "sealed"));
    let refused = gao.randomize("P-001", 1).await.unwrap_err();
    assert!(!refused.message().contains("msc") && !refused.message().contains("control"));
    assert_eq!(code::<()>(Err(refused)), "ENR-0030");
    let list = pb::GetRandomizationListRequest { trial: TRIAL.into() };
    let told = format!("{:?}", gao.client().get_randomization_list(list).await.unwrap().into_inner());
    assert!(!told.contains("control"));
}
