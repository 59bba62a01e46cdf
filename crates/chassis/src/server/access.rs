//! Decides who may call what, from the options beside each rpc in the .proto files. What states nothing cannot be
//! called at all.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context;
use holdpoint_api::{DESCRIPTOR, METHODS};
use jiff::Timestamp;
use prost::Message;
use prost_types::FileDescriptorSet;
use tonic::{Code, Status};

use crate::config::Reflection;
use crate::error::{Refused, catalog, plain};
use crate::identity::{Actor, Keyring, Role};

const HEALTH: &str = "/grpc.health.v1.Health/";
const REFLECTION: &[&str] =
    &["/grpc.reflection.v1.ServerReflection/", "/grpc.reflection.v1alpha.ServerReflection/"];

/// One rpc as the stack needs to know it.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// `/holdpoint.dosing.v1.Dosing/StartInfusion`
    pub(crate) path: &'static str,
    /// Who may call it. Nobody, where the .proto says nothing.
    pub(crate) roles: Vec<Role>,
    /// Which side streams.
    pub(crate) shape: Shape,
}

/// Which side of an rpc streams.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shape {
    /// The caller sends a stream.
    pub(crate) uploads: bool,
    /// The server answers with a stream.
    pub(crate) streams: bool,
}

/// Every rpc by path.
pub(crate) type Rules = Arc<BTreeMap<&'static str, Rule>>;

/// The keys and the rules. Clones share them.
#[derive(Debug, Clone)]
pub struct Access {
    keyring: Keyring,
    rules: Rules,
    reflection: Reflection,
}

impl Access {
    /// The rules of [`METHODS`].
    pub fn new(keyring: Keyring, reflection: Reflection) -> anyhow::Result<Self> {
        let shapes = shapes().context("the descriptor set that was built in cannot be read")?;
        let rules = METHODS.iter().map(|method| {
            let roles = method.roles.iter().filter_map(|number| Role::from_number(*number)).collect();
            let shape = shapes.get(method.path).copied().unwrap_or_default();
            (method.path, Rule { path: method.path, roles, shape })
        });
        Ok(Self { keyring, rules: Arc::new(rules.collect()), reflection })
    }

    pub(crate) fn methods(&self) -> Rules {
        self.rules.clone()
    }

    /// Which side of the rpc streams.
    pub(crate) fn shape(&self, path: &str) -> Shape {
        if lists_rpcs(path) {
            return Shape { uploads: true, streams: true };
        }
        self.rules.get(path).map(|rule| rule.shape).unwrap_or_default()
    }

    /// Judges one call: the actor where the call needs one, none where it is open to all (health).
    ///
    /// # Errors
    /// UNAUTHENTICATED without a valid token, PERMISSION_DENIED without one of the rpc's roles or where the rpc names
    /// none, UNIMPLEMENTED for what does not exist.
    pub fn judge(&self, path: &str, token: Option<&str>, now: Timestamp) -> Result<Option<Actor>, Status> {
        if path.starts_with(HEALTH) {
            return Ok(None);
        }
        if lists_rpcs(path) {
            return match self.reflection {
                Reflection::Open => Ok(None),
                Reflection::Token => Ok(Some(self.authenticate(token, now)?)),
                Reflection::Closed => Err(unknown()),
            };
        }
        let actor = self.authenticate(token, now)?;
        self.allow(path, &actor)?;
        Ok(Some(actor))
    }

    /// Whether one of the actor's roles may make the call.
    fn allow(&self, path: &str, actor: &Actor) -> Result<(), Status> {
        let rule = self.rules.get(path).ok_or_else(unknown)?;
        if !actor.has_any(&rule.roles) {
            return Err(not_allowed(rule, actor).into());
        }
        Ok(())
    }

    fn authenticate(&self, token: Option<&str>, now: Timestamp) -> Result<Actor, Refused> {
        let token = token.ok_or_else(|| {
            catalog::UNAUTHENTICATED.refuse("the call carries no token; send `authorization: Bearer <token>`")
        })?;
        self.keyring.verify(token, now)
    }
}

fn lists_rpcs(path: &str) -> bool {
    REFLECTION.iter().any(|service| path.starts_with(service))
}

fn unknown() -> Status {
    plain(Code::Unimplemented, catalog::UNKNOWN_CALL, "SYS-0003: this server has no such call")
}

fn not_allowed(rule: &Rule, actor: &Actor) -> Refused {
    let has = join(actor.roles.iter());
    if rule.roles.is_empty() {
        return catalog::NOT_ALLOWED.refuse(format!("{} is open to nobody", rule.path));
    }
    catalog::NOT_ALLOWED.refuse(format!(
        "{} may be called as {}; {} is {has}",
        rule.path.trim_start_matches('/'),
        join(rule.roles.iter()),
        actor.principal
    ))
}

fn join<'a>(roles: impl Iterator<Item = &'a Role>) -> String {
    roles.map(|role| role.as_str()).collect::<Vec<_>>().join(", ")
}

/// Which side streams, by path.
fn shapes() -> Result<BTreeMap<String, Shape>, prost::DecodeError> {
    let mut found = BTreeMap::new();
    for file in FileDescriptorSet::decode(DESCRIPTOR)?.file {
        for service in &file.service {
            for method in &service.method {
                let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                let shape = Shape { uploads: method.client_streaming(), streams: method.server_streaming() };
                found.insert(path, shape);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Claims, ISSUER, Signer, USUAL_LIFE};

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn token(signer: &Signer, role: Role) -> String {
        let name = if role == Role::Service { signer.name() } else { "someone" };
        signer.sign(&Claims::new(name, [role], now(), USUAL_LIFE, "t")).unwrap()
    }

    #[test]
    fn every_rpc_and_role_is_judged_as_the_proto_says_and_everything_else_denied() {
        let (issuer, service) = (Signer::random(ISSUER).unwrap(), Signer::random("dosing").unwrap());
        let keyring = Keyring::of([&issuer, &service]);
        let access = Access::new(keyring.clone(), Reflection::Token).unwrap();
        let actors = Role::ALL.iter().zip(1..).map(|(role, number)| {
            let signer = if *role == Role::Service { &service } else { &issuer };
            (number, keyring.verify(&token(signer, *role), now()).unwrap())
        });
        let actors: Vec<(i32, Actor)> = actors.collect();
        let mut allowed = 0;
        for method in METHODS {
            assert_eq!(access.judge(method.path, None, now()).unwrap_err().code(), Code::Unauthenticated);
            for (number, actor) in &actors {
                let judged = access.allow(method.path, actor);
                if method.roles.contains(number) {
                    judged.unwrap();
                    allowed += 1;
                } else {
                    assert_eq!(
                        judged.unwrap_err().code(),
                        Code::PermissionDenied,
                        "{} as {actor:?}",
                        method.path
                    );
                }
            }
        }
        assert!(METHODS.len() > 10 && allowed > METHODS.len(), "{} rpcs, {allowed} allowed", METHODS.len());
    }

    #[test]
    fn an_rpc_that_names_no_role_is_open_to_nobody() {
        let issuer = Signer::random(ISSUER).unwrap();
        let mut access = Access::new(Keyring::of([&issuer]), Reflection::Token).unwrap();
        let rule = Rule { path: "/x.Y/Forgotten", roles: vec![], shape: Shape::default() };
        access.rules = Arc::new(BTreeMap::from([(rule.path, rule)]));
        for role in Role::ALL.iter().filter(|role| **role != Role::Service) {
            let judged = access.judge("/x.Y/Forgotten", Some(&token(&issuer, *role)), now()).unwrap_err();
            assert_eq!(judged.code(), Code::PermissionDenied);
        }
        let unknown =
            access.judge("/x.Y/Absent", Some(&token(&issuer, Role::Administrator)), now()).unwrap_err();
        assert_eq!(unknown.code(), Code::Unimplemented);
    }

    #[test]
    fn health_is_open_and_reflection_is_as_set() {
        let issuer = Signer::random(ISSUER).unwrap();
        let list = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
        let judge = |reflection, path, token: Option<&str>| {
            Access::new(Keyring::of([&issuer]), reflection).unwrap().judge(path, token, now())
        };
        assert!(judge(Reflection::Closed, "/grpc.health.v1.Health/Check", None).unwrap().is_none());
        assert!(judge(Reflection::Open, list, None).unwrap().is_none());
        assert_eq!(judge(Reflection::Token, list, None).unwrap_err().code(), Code::Unauthenticated);
        assert!(judge(Reflection::Token, list, Some(&token(&issuer, Role::Auditor))).unwrap().is_some());
        assert_eq!(judge(Reflection::Closed, list, None).unwrap_err().code(), Code::Unimplemented);
    }
}
