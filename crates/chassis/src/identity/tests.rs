//! Abuse of tokens (reliability.md A1), one row a case: each is told UNAUTHENTICATED in a plain sentence.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::clock::MachineClock;
use crate::error::{Reason, Refused};
use crate::ids::Ids;

const NOW: i64 = 1_800_000_000;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

struct Keys {
    issuer: Signer,
    dosing: Signer,
    keyring: Keyring,
}

fn keys() -> Keys {
    let (issuer, dosing) = (Signer::random(ISSUER).unwrap(), Signer::random("dosing").unwrap());
    let safety = Signer::random("safety").unwrap();
    let keyring = Keyring::of([&issuer, &dosing, &safety]);
    Keys { issuer, dosing, keyring }
}

fn person() -> Claims {
    Claims::new("m.okafor", [Role::Pharmacist, Role::Coordinator], now(), USUAL_LIFE, "t-1")
}

/// Signs any JSON text as the claims, with the signer's real key, so that only the content can be at fault.
fn sign_raw(signer: &Signer, claims: &str) -> String {
    let good = signer.sign(&person()).unwrap();
    let header = good.split('.').next().unwrap();
    let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
    let signature =
        jsonwebtoken::crypto::sign(message.as_bytes(), signer.key(), jsonwebtoken::Algorithm::EdDSA).unwrap();
    format!("{message}.{signature}")
}

fn with(change: impl FnOnce(&mut Value)) -> String {
    let mut claims = serde_json::to_value(person()).unwrap();
    change(&mut claims);
    claims.to_string()
}

fn with_header(token: &str, header: &Value) -> String {
    let rest = token.split_once('.').unwrap().1;
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
}

fn refused(keys: &Keys, token: &str) -> Refused {
    let refused = keys.keyring.verify(token, now()).unwrap_err();
    assert_eq!(refused.reason, Reason::Unauthenticated);
    assert_eq!(refused.code, "SYS-0004");
    for internal in ["Error", "serde", "jsonwebtoken", "InvalidToken", "base64", "line 1", "::"] {
        assert!(!refused.message.contains(internal), "{} tells internals", refused.message);
    }
    refused
}

#[test]
fn a_good_token_names_its_actor() {
    let keys = keys();
    let actor = keys.keyring.verify(&keys.issuer.sign(&person()).unwrap(), now()).unwrap();
    assert_eq!(actor.principal, "m.okafor");
    assert_eq!(actor.token_id, "t-1");
    assert!(actor.has(Role::Pharmacist) && actor.has(Role::Coordinator) && !actor.is_service());
    assert_eq!(actor.expires.as_second(), NOW + 600);
    let service = keys.dosing.sign(&Claims::new("dosing", [Role::Service], now(), USUAL_LIFE, "s")).unwrap();
    assert!(keys.keyring.verify(&service, now()).unwrap().is_service());
}

#[test]
fn a_token_is_valid_from_its_first_second_and_not_at_its_last() {
    let keys = keys();
    let token = keys.issuer.sign(&person()).unwrap();
    let at = |second| keys.keyring.verify(&token, Timestamp::from_second(second).unwrap());
    assert!(at(NOW - 6).unwrap_err().message.contains("not valid yet"));
    assert!(at(NOW - 5).is_ok());
    assert!(at(NOW + 599).is_ok());
    assert!(at(NOW + 600).unwrap_err().message.contains("expired"));
}

#[test]
fn claims_of_another_form_or_content_are_refused() {
    let keys = keys();
    let duplicated = person_text().replacen('{', &format!("{{\"exp\":{},", NOW + 700), 1);
    let cases: Vec<(&str, String)> = vec![
        ("expired", with(|c| c["exp"] = json!(NOW - 1))),
        ("not valid yet", with(|c| c["nbf"] = json!(NOW + 60))),
        ("not valid yet", with(|c| c["iat"] = json!(NOW + 60))),
        ("15 minutes", with(|c| c["exp"] = json!(NOW + 901))),
        ("15 minutes", with(|c| c["nbf"] = json!(NOW - 3_600))),
        ("form", with(|c| c["nbf"] = json!(i64::MIN))),
        ("not made for this system", with(|c| c["aud"] = json!("elsewhere"))),
        ("not made for this system", with(|c| c["iss"] = json!("elsewhere"))),
        ("form", with(|c| c["aud"] = json!(["holdpoint", "elsewhere"]))),
        ("form", with(|c| c["exp"] = json!((NOW + 60).to_string()))),
        ("form", with(|c| c["exp"] = json!(NOW as f64 + 60.5))),
        ("form", with(|c| c["exp"] = json!(-1.0e300))),
        ("form", with(|c| c["nbf"] = Value::Null)),
        ("form", with(|c| c["sub"] = json!(7))),
        ("form", with(|c| c["jti"] = json!(7))),
        ("form", with(|c| c["roles"] = json!("pharmacist"))),
        ("form", with(|c| c["roles"] = json!(["superuser"]))),
        ("form", duplicated),
        ("form", "[]".to_owned()),
        ("form", String::new()),
        ("names no principal", with(|c| c["sub"] = json!(""))),
        ("names no principal", with(|c| c["sub"] = json!("a\u{1b}[2Jb\r\nc"))),
        ("names no principal", with(|c| c["sub"] = json!("x".repeat(129)))),
        ("names no principal", with(|c| c["jti"] = json!(""))),
        ("names no principal", with(|c| c["roles"] = json!([]))),
    ];
    for (words, claims) in cases {
        let refused = refused(&keys, &sign_raw(&keys.issuer, &claims));
        assert!(refused.message.contains(words), "{claims}: {}", refused.message);
    }
    for claim in ["iss", "aud", "sub", "roles", "iat", "nbf", "exp", "jti"] {
        let without = with(|c| drop(c.as_object_mut().unwrap().remove(claim)));
        assert!(
            refused(&keys, &sign_raw(&keys.issuer, &without)).message.contains("form"),
            "{claim} is required"
        );
    }
}

fn person_text() -> String {
    serde_json::to_string(&person()).unwrap()
}

#[test]
fn another_algorithm_or_key_is_refused() {
    let keys = keys();
    let good = keys.issuer.sign(&person()).unwrap();
    let (message, _) = good.rsplit_once('.').unwrap();
    let hmac_key = jsonwebtoken::EncodingKey::from_secret(&keys.issuer.public());
    let hmac_header = jsonwebtoken::Header {
        kid: Some(ISSUER.into()),
        ..jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256)
    };
    let stranger = Signer::random(ISSUER).unwrap();
    let cases: Vec<(&str, String)> = vec![
        ("alg none", format!("{}.", with_header(message, &json!({"alg": "none", "kid": ISSUER})))),
        ("HS256 with the public key", jsonwebtoken::encode(&hmac_header, &person(), &hmac_key).unwrap()),
        ("no kid", with_header(&good, &json!({"alg": "EdDSA"}))),
        ("unknown kid", with_header(&good, &json!({"alg": "EdDSA", "kid": "labs"}))),
        ("kid as a path", with_header(&good, &json!({"alg": "EdDSA", "kid": "../keys/issuer"}))),
        ("critical extension", with_header(&good, &json!({"alg": "EdDSA", "kid": ISSUER, "crit": ["b64"]}))),
        ("another key of that name", stranger.sign(&person()).unwrap()),
        ("signature cut", good[..good.len() - 4].to_owned()),
        ("no signature", format!("{message}.")),
        ("two parts", message.to_owned()),
        ("empty", String::new()),
        ("1 MB", format!("{good}{}", "A".repeat(1 << 20))),
        ("not ASCII", "ä.ö.ü".to_owned()),
    ];
    for (case, token) in cases {
        assert!(keys.keyring.verify(&token, now()).is_err(), "{case}");
        refused(&keys, &token);
    }
}

#[test]
fn a_key_speaks_only_for_whom_it_may() {
    let keys = keys();
    let claims = |sub: &str, roles: &[Role]| Claims::new(sub, roles.iter().copied(), now(), USUAL_LIFE, "t");
    let cases = [
        (&keys.dosing, claims("m.okafor", &[Role::Pharmacist])),
        (&keys.dosing, claims("m.okafor", &[Role::Service])),
        (&keys.dosing, claims("safety", &[Role::Service])),
        (&keys.dosing, claims("dosing", &[Role::Service, Role::Administrator])),
        (&keys.dosing, claims("dosing", &[Role::Administrator])),
        (&keys.issuer, claims("dosing", &[Role::Service])),
        (&keys.issuer, claims("m.okafor", &[Role::Service])),
        (&keys.issuer, claims("dosing", &[Role::Administrator])),
    ];
    for (signer, claims) in cases {
        let refused = refused(&keys, &signer.sign(&claims).unwrap());
        assert!(refused.message.contains("service"), "{}", refused.message);
    }
}

#[test]
fn keys_are_files_that_only_their_owner_reads() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let private = generate(folder.path(), ISSUER).unwrap();
    generate(folder.path(), "dosing").unwrap();
    assert_eq!(std::fs::metadata(&private).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(generate(folder.path(), ISSUER).unwrap_err().to_string().contains("exist"), "never overwritten");
    assert!(generate(folder.path(), "../evil").is_err());

    let (signer, keyring) = (Signer::load(&private).unwrap(), Keyring::load(folder.path()).unwrap());
    assert_eq!(keyring.names().collect::<Vec<_>>(), ["dosing", "issuer"]);
    let clock = MachineClock::new();
    let token =
        signer.issue("m.okafor", [Role::Auditor], Duration::from_secs(60), &clock, &Ids::random()).unwrap();
    assert_eq!(keyring.verify(&token, clock.wall()).unwrap().principal, "m.okafor");

    std::fs::set_permissions(&private, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(Signer::load(&private).unwrap_err().to_string().contains("chmod 600"));
    std::fs::write(folder.path().join("safety.pub"), "no key").unwrap();
    assert!(Keyring::load(folder.path()).unwrap_err().to_string().contains("safety.pub"));
    assert!(Keyring::load(tempfile::tempdir().unwrap().path()).is_err());
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    #[test]
    fn a_token_changed_anywhere_is_refused(at in 0_usize..1_000, to in "[A-Za-z0-9_.=-]") {
        let keys = keys();
        let good = keys.issuer.sign(&person()).unwrap();
        let at = at % good.len();
        let changed = format!("{}{to}{}", &good[..at], &good[at + 1..]);
        proptest::prop_assume!(changed != good);
        proptest::prop_assert!(keys.keyring.verify(&changed, now()).is_err());
    }

    #[test]
    fn no_text_is_taken_for_a_token_or_breaks_the_judge(text in ".{0,200}(\\.[A-Za-z0-9_-]{0,60}){0,4}") {
        refused(&keys(), &text);
    }
}
