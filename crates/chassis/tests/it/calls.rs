//! Ordinary calls: who gets through, what the handler is told, what a refusal and a fault look like outside.

use std::sync::{Arc, Mutex};

use holdpoint_api::safety::v1::ListHoldsResponse;
use holdpoint_chassis::client::{Caller, PeerSays};
use holdpoint_chassis::error::{Error, Reason, Refused, code_of, detail_of};
use holdpoint_chassis::identity::{Actor, Role};
use holdpoint_chassis::server;
use tonic::Code;

use crate::stub::*;

#[tokio::test]
async fn a_handler_knows_its_caller_and_only_its_roles_get_there() {
    let seen: Arc<Mutex<Vec<Actor>>> = Arc::default();
    let running = run(
        Handlers::unary({
            let seen = seen.clone();
            move |request| {
                let actor = server::actor(&request);
                let seen = seen.clone();
                async move {
                    seen.lock().unwrap().push(actor?);
                    Ok(ListHoldsResponse::default())
                }
            }
        }),
        |_| {},
    )
    .await;
    running.person().call(HOLDS).await.unwrap();
    running.own().call(PERMIT).await.unwrap();
    assert_eq!(running.person().call(PERMIT).await.unwrap_err().code(), Code::PermissionDenied);
    let statistician = Client(running.channel(Caller::bearer(&running.token(Role::Statistician)).unwrap()));
    let refused = statistician.call(PLACE).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(code_of(&refused), Some("SYS-0005"));
    assert!(refused.message().contains("m.okafor is statistician"), "{}", refused.message());
    assert!(refused.message().contains("safety-officer"), "{}", refused.message());

    let seen = seen.lock().unwrap();
    assert_eq!(seen.iter().map(|actor| actor.principal.as_str()).collect::<Vec<_>>(), ["m.okafor", "dosing"]);
    assert!(seen[1].is_service());
}

#[tokio::test]
async fn a_refusal_arrives_whole_and_a_fault_does_not() {
    let running = run(
        Handlers::unary(async |request| {
            let refused =
                Refused::new("SAF-0003", Reason::FailedPrecondition, "a hold covers the subject").hold("h-7");
            match server::actor(&request)?.is_service() {
                true => Err(Error::fault(anyhow::anyhow!("SELECT secret FROM t: disk I/O error")).into()),
                false => Err(Error::from(refused).into()),
            }
        }),
        |_| {},
    )
    .await;
    let refused = running.person().call(HOLDS).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(detail_of(&refused).unwrap().holds, ["h-7"]);
    assert!(
        matches!(PeerSays::of(&refused), PeerSays::No(Code::FailedPrecondition, detail) if detail.code == "SAF-0003")
    );

    let fault = running.own().call(HOLDS).await.unwrap_err();
    assert_eq!((fault.code(), code_of(&fault)), (Code::Internal, Some("SYS-0001")));
    assert!(!format!("{fault:?}").contains("secret"));
    assert!(matches!(PeerSays::of(&fault), PeerSays::Silent(_)), "a fault is no judgement");
}

#[tokio::test]
async fn a_panic_is_a_fault_and_the_connection_lives() {
    let running = run(
        Handlers::unary(async |request| {
            assert!(!server::actor(&request)?.is_service(), "boom");
            Ok(ListHoldsResponse::default())
        }),
        |_| {},
    )
    .await;
    let own = running.own();
    let fault = own.call(HOLDS).await.unwrap_err();
    assert_eq!((fault.code(), code_of(&fault)), (Code::Internal, Some("SYS-0001")));
    assert!(!fault.message().contains("boom"));
    assert_eq!(own.call(HOLDS).await.unwrap_err().code(), Code::Internal);
    running.person().call(HOLDS).await.unwrap();
}

#[tokio::test]
async fn nobody_home_is_silence() {
    let running = run(Handlers::quick(), |_| {}).await;
    let mut gone = running.own();
    gone.0 = holdpoint_chassis::client::connect(
        "http://127.0.0.1:1",
        Caller::service(running.service.clone(), running.clock.clone()),
        std::time::Duration::from_secs(5),
    )
    .unwrap();
    let status = gone.call(PERMIT).await.unwrap_err();
    assert!(matches!(PeerSays::of(&status), PeerSays::Silent(_)));
    assert_eq!(PeerSays::silent("safety").reason, Reason::Unavailable);
}

#[tokio::test]
async fn health_is_open_and_reflection_wants_a_token() {
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_client::HealthClient;
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

    let running = run(Handlers::quick(), |_| {}).await;
    let mut health = HealthClient::new(running.channel(Caller::Nobody));
    let answer = health.check(HealthCheckRequest { service: String::new() }).await.unwrap().into_inner();
    assert_eq!(answer.status(), tonic_health::pb::health_check_response::ServingStatus::Serving);

    let ask = || {
        let message_request = Some(MessageRequest::ListServices(String::new()));
        futures::stream::iter([ServerReflectionRequest { host: String::new(), message_request }])
    };
    let mut stranger = ServerReflectionClient::new(running.channel(Caller::Nobody));
    assert_eq!(stranger.server_reflection_info(ask()).await.unwrap_err().code(), Code::Unauthenticated);
    let mut known = ServerReflectionClient::new(running.person().0);
    let mut answers = known.server_reflection_info(ask()).await.unwrap().into_inner();
    let Some(MessageResponse::ListServicesResponse(list)) =
        answers.message().await.unwrap().unwrap().message_response
    else {
        panic!("no list of services");
    };
    assert!(list.service.iter().any(|service| service.name == "holdpoint.safety.v1.Safety"));
}
