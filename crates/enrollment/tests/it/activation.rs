//! From a file to a protocol in force: what is assumed is confirmed item by item, by the principal investigator only.

use holdpoint_api::common::v1::Role as PbRole;
use holdpoint_api::enrollment::v1 as pb;
use holdpoint_chassis::identity::Role;

use crate::house::{House, TRIAL, on_both_databases, small_trial_file, trial_file};
use crate::person::code;

on_both_databases!(
    an_unconfirmed_item_keeps_the_protocol_out_of_force_and_is_named,
    only_a_delegated_principal_investigator_confirms,
    the_list_is_sealed_before_the_first_subject,
    a_repeated_request_hears_the_same_and_another_body_is_refused,
    a_file_with_findings_names_them,
    a_delegation_ends,
);

async fn an_unconfirmed_item_keeps_the_protocol_out_of_force_and_is_named(house: House) {
    let gao = house.registered(trial_file()).await;
    gao.approve().await.unwrap();
    let items = gao.assumed().await;
    assert!(items.len() > 40, "the file assumes {} things", items.len());
    let (last, rest) = items.split_last().unwrap();
    for item in rest {
        gao.confirm(item, "as the site does it").await.unwrap();
    }
    let refused = gao.activate().await.unwrap_err();
    assert!(refused.message().contains(&format!("[{}] {}", last.block, last.key)), "{}", refused.message());
    assert_eq!(code(gao.activate().await), "ENR-0007");
    assert_eq!(code(gao.confirm(last, " ").await), "ENR-0009");
    assert_eq!(gao.confirm(last, "as the site does it").await.unwrap().unconfirmed, 0);
    gao.activate().await.unwrap();
    let activated: Vec<pb::ProtocolActivated> = house.events_of("ProtocolActivated").await;
    assert_eq!(activated.len(), 1);
    assert!(activated[0].trial_file.contains("pgf-msc") && activated[0].dictionaries.len() == 3);
    let refused: Vec<_> = house.events().await;
    let refusals = refused.iter().filter(|(kind, _)| kind == "holdpoint.journal.v1.ActRefused").count();
    assert_eq!(refusals, 2, "a refused activation is journaled");
}

async fn only_a_delegated_principal_investigator_confirms(house: House) {
    let gao = house.registered(trial_file()).await;
    let item = gao.assumed().await.remove(0);
    let nurse = house.person("ann", &[Role::BedsideNurse]);
    assert_eq!(nurse.confirm(&item, "x").await.unwrap_err().code(), tonic::Code::PermissionDenied);
    let self_appointed = house.person("eve", &[Role::PrincipalInvestigator]);
    let refused = self_appointed.confirm(&item, "x").await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    assert!(refused.message().contains("eve"), "{}", refused.message());
    assert_eq!(code(gao.delegate("eve", PbRole::PrincipalInvestigator).await), "ENR-0013");
    gao.confirm(&item, "x").await.unwrap();
}

async fn the_list_is_sealed_before_the_first_subject(house: House) {
    let gao = house.registered(small_trial_file()).await;
    assert_eq!(code(gao.screen("P-001").await), "ENR-0015");
    gao.approve().await.unwrap();
    gao.activate().await.unwrap();
    let list = gao.list().await;
    assert_eq!((list.size, list.used), (68, 0));
    assert_eq!((list.seed_sha256.len(), list.algorithm.as_str()), (64, "permuted-blocks/chacha20/1"));
    let sealed: Vec<pb::RandomizationListSealed> = house.events_of("RandomizationListSealed").await;
    assert_eq!(sealed.len(), 1);
    assert_eq!(sealed[0].seed_sha256, list.seed_sha256);
}

async fn a_repeated_request_hears_the_same_and_another_body_is_refused(house: House) {
    let gao = house.registered(small_trial_file()).await;
    let request = |name: &str, act| pb::RegisterSiteRequest {
        act,
        trial: TRIAL.into(),
        site: "bj1".into(),
        name: name.into(),
        time_zone: "Asia/Shanghai".into(),
    };
    let act = gao.act();
    gao.client().register_site(request("Beijing", act.clone())).await.unwrap();
    gao.client().register_site(request("Beijing", act.clone())).await.unwrap();
    let other = gao.client().register_site(request("Elsewhere", act)).await.unwrap_err();
    assert_eq!(other.code(), tonic::Code::AlreadyExists);
    let without = gao.client().register_site(request("Beijing", None)).await.unwrap_err();
    assert_eq!(without.code(), tonic::Code::InvalidArgument);
    assert_eq!(house.events_of::<pb::SiteRegistered>("SiteRegistered").await.len(), 2);
}

async fn a_file_with_findings_names_them(house: House) {
    let broken = small_trial_file().replace("blocks   = [4, 6]", "blocks   = [4, 7]\ncolour = \"red\"");
    let refused = house.admin().register_trial(broken).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    let detail = holdpoint_chassis::error::detail_of(&refused).unwrap();
    assert_eq!(detail.code, "ENR-0002");
    assert!(detail.fields.iter().any(|field| field.allowed.contains("colour")), "{:?}", detail.fields);
    assert_eq!(detail.fields.len(), 2, "every finding, not the first: {:?}", detail.fields);
}

async fn a_delegation_ends(house: House) {
    let gao = house.small_trial().await;
    let given = gao.delegate("cora", PbRole::Coordinator).await.unwrap();
    let cora = house.person("cora", &[Role::Coordinator]);
    cora.screen("P-001").await.unwrap();
    let end = pb::EndDelegationRequest { act: gao.act(), trial: TRIAL.into(), delegation: given.delegation };
    gao.client().end_delegation(end.clone()).await.unwrap();
    assert_eq!(cora.screen("P-002").await.unwrap_err().code(), tonic::Code::PermissionDenied);
    let again = pb::EndDelegationRequest { act: gao.act(), ..end };
    assert_eq!(code(gao.client().end_delegation(again).await), "ENR-0013");
}
