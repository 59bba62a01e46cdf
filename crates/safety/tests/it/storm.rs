//! Two hundred reports at once in two trials: none is refused, every alert is heard once and in its order by whoever
//! listens and comes again, and who does not listen holds back nobody (reliability.md F22, F37 to F40).

use std::collections::BTreeMap;

use futures::StreamExt as _;
use futures::future::join_all;
use holdpoint_api::common::v1::scope::Of;
use holdpoint_api::safety::v1 as pb;
use holdpoint_api::safety::v1::safety_server::Safety as _;
use holdpoint_safety::queries::Reader;
use holdpoint_safety::queries::alert_stream::{Subscription, subscribe};

use crate::support::{Escalating, House, TRIAL, yes};

on_both!(two_hundred_reports_at_once_lose_no_alert, a_subscriber_that_takes_nothing_is_let_go_with_a_word,);

const OTHER: &str = "nct01609283";
const EACH: u32 = 100;

async fn two_hundred_reports_at_once_lose_no_alert(house: House) {
    let both = Escalating::open(house, OTHER).await;
    let house = &both.house;
    let listeners = async { tokio::join!(comes_and_goes(house, 7), comes_and_goes(house, 1_000)) };
    let slow = reader(house, "sam", 4).await;
    let ((mut heard, others), ()) = tokio::join!(listeners, storm(house));
    let mut told = BTreeMap::new();
    for trial in [TRIAL, OTHER] {
        let alerts = house.alerts_of(trial).await;
        assert!(alerts.len() >= EACH as usize, "each report is told of: {}", alerts.len());
        told.insert(trial.to_owned(), alerts);
    }
    assert_eq!(heard.len(), 2);
    for (trial, alerts) in &told {
        assert_eq!(
            heard.remove(trial).as_ref(),
            Some(alerts),
            "who comes and goes hears each once, in order"
        );
        assert_eq!(others.get(trial), Some(alerts), "who stays hears the same");
        let mut last = 0;
        for alert in alerts {
            assert_eq!(alert.previous, last, "no gap");
            last = alert.number;
        }
    }
    let all = told.values().map(Vec::len).sum::<usize>();
    let late: Vec<_> = slow.take(all).map(|alert| alert.unwrap()).collect().await;
    assert_eq!(late.len(), all, "who was slow is served when it listens");
}

async fn storm(house: &House) {
    let reports = (0..EACH * 2).map(|n| async move {
        let mut request = house.report_of(&format!("P-{n}"), vec![yes("serious", "")]);
        if n % 2 == 1 {
            request.trial = OTHER.to_owned();
        }
        let rpcs = house.service.rpcs();
        rpcs.report_adverse_event(house.by("ines", request)).await.map(drop)
    });
    for done in join_all(reports).await {
        done.unwrap();
    }
    // The last alert of each trial tells the listeners that the storm is over.
    let enough = pb::PlaceHoldRequest {
        act: house.act("the storm is over"),
        trial: OTHER.to_owned(),
        scope: Some(holdpoint_api::common::v1::Scope { of: Some(Of::Trial(true)) }),
        activities: vec![holdpoint_api::common::v1::Activity::Dosing.into()],
    };
    for trial in [TRIAL, OTHER] {
        let request = pb::PlaceHoldRequest {
            act: house.act("the storm is over"),
            trial: trial.to_owned(),
            ..enough.clone()
        };
        house.service.rpcs().place_hold(house.by("nora", request)).await.unwrap();
    }
}

/// Listens to every trial, goes away after so many alerts, and comes again with what it knows, until the storm is over.
async fn comes_and_goes(house: &House, after: usize) -> BTreeMap<String, Vec<pb::AlertRaised>> {
    let mut heard: BTreeMap<String, Vec<pb::AlertRaised>> = BTreeMap::new();
    let over = |alerts: &Vec<pb::AlertRaised>| {
        alerts.last().is_some_and(|alert| alert.text.contains("the storm is over"))
    };
    while !(heard.len() == 2 && heard.values().all(over)) {
        let resume = heard.iter().filter_map(|(trial, alerts)| Some((trial.clone(), alerts.last()?.number)));
        let request = pb::SubscribeAlertsRequest { resume: resume.collect(), ..Default::default() };
        let stream = house.service.rpcs().subscribe_alerts(house.by("sam", request)).await.unwrap();
        let mut stream = stream.into_inner();
        for _ in 0..after {
            let alert = stream.next().await.unwrap().unwrap();
            heard.entry(alert.trial.clone()).or_default().push(alert);
            if heard.len() == 2 && heard.values().all(over) {
                break;
            }
        }
    }
    heard
}

/// A listener with a queue of this length, that takes nothing until it is asked.
async fn reader(
    house: &House,
    who: &str,
    queue: usize,
) -> impl futures::Stream<Item = holdpoint_chassis::error::Result<holdpoint_safety::domain::alert::Alert>> + use<>
{
    let mut ctx = house.service.ctx.clone();
    ctx.alerts.subscriber_queue = queue;
    let actor = house.by(who, ()).extensions().get::<holdpoint_chassis::identity::Actor>().cloned().unwrap();
    let roles = actor.roles.iter().copied().collect();
    let wanted = Subscription { trial: None, resume: BTreeMap::new() };
    subscribe(&ctx, Reader { actor, roles }, wanted).await.unwrap()
}

async fn a_subscriber_that_takes_nothing_is_let_go_with_a_word(mut house: House) {
    house.service.ctx.alerts.subscriber_patience_ms = 1;
    let slow = reader(&house, "sam", 2).await;
    let mut holds = vec![];
    for _ in 0..6 {
        holds.push(house.hold(Of::Trial(true)).await.hold);
    }
    // The pump gives up by itself while nobody reads; what it queued is read afterwards.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let heard: Vec<_> = slow.collect().await;
    let (words, alerts): (Vec<_>, Vec<_>) = heard.into_iter().partition(Result::is_err);
    assert_eq!(alerts.len(), 2, "what its queue held");
    let refused = words.into_iter().next().unwrap().unwrap_err();
    assert_eq!(refused.code(), Some("SAF-0026"));
    let last = alerts.last().unwrap().as_ref().unwrap();
    assert!(refused.to_string().contains(&format!("after alert {} of {TRIAL}", last.number)), "{refused}");
}
