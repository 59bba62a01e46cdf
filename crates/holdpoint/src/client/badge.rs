//! Puts the person's token and a deadline on each call. A token lives minutes; another is made before it runs out.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use holdpoint_chassis::clock::{MachineClock, Mark};
use holdpoint_chassis::identity::{Role, Signer};
use holdpoint_chassis::ids::Ids;
use tonic::metadata::MetadataValue;
use tonic::service::Interceptor;
use tonic::{Request, Status};

/// Life of each token made.
const TOKEN_LIFE: Duration = Duration::from_secs(10 * 60);
/// A token older than this is replaced.
const REPLACE_AFTER: Duration = Duration::from_secs(5 * 60);

/// Speaks for one person. Clones share the token.
#[derive(Clone)]
pub struct Badge {
    principal: String,
    roles: Vec<Role>,
    signer: Signer,
    clock: MachineClock,
    ids: Ids,
    deadline: Duration,
    token: Arc<Mutex<Option<(Mark, String)>>>,
}

impl Badge {
    /// A badge whose tokens the given issuer signs, dated by the clock; `deadline` is put on calls that have none.
    pub fn new(
        principal: &str,
        roles: &[Role],
        signer: Signer,
        (clock, ids): (MachineClock, Ids),
        deadline: Duration,
    ) -> Self {
        Self {
            principal: principal.to_owned(),
            roles: roles.to_vec(),
            signer,
            clock,
            ids,
            deadline,
            token: Arc::default(),
        }
    }

    /// A valid token.
    pub fn token(&self) -> anyhow::Result<String> {
        let mut kept = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        // A wall clock that was set back would leave a token that is not valid yet for others.
        if let Some((made, token)) = kept.as_ref()
            && self.clock.since(made) < REPLACE_AFTER
            && !self.clock.is_before(made)
        {
            return Ok(token.clone());
        }
        let made = self.clock.mark();
        let roles = self.roles.iter().copied();
        let token = self.signer.issue(&self.principal, roles, TOKEN_LIFE, &self.clock, &self.ids)?;
        *kept = Some((made, token.clone()));
        Ok(token)
    }
}

impl Interceptor for Badge {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let token = self
            .token()
            .map_err(|cause| Status::unauthenticated(format!("no token could be made: {cause}")))?;
        let value = MetadataValue::try_from(format!("Bearer {token}"))
            .map_err(|_| Status::unauthenticated("the token made is no header value"))?;
        request.metadata_mut().insert("authorization", value);
        if !request.metadata().contains_key("grpc-timeout") {
            request.set_timeout(self.deadline);
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use holdpoint_chassis::clock::TestMachine;
    use holdpoint_chassis::identity::{ISSUER, Keyring};

    use super::*;

    #[test]
    fn a_wall_clock_that_is_set_back_makes_another_token() {
        let (machine, signer) = (TestMachine::default(), Signer::random(ISSUER).unwrap());
        let clock = MachineClock::test(&machine);
        let ring = Keyring::of([&signer]);
        let badge = Badge::new(
            "mei",
            &[Role::Coordinator],
            signer,
            (clock.clone(), Ids::random()),
            Duration::from_secs(1),
        );
        let first = badge.token().unwrap();
        machine.advance(Duration::from_secs(60));
        assert_eq!(badge.token().unwrap(), first, "a token is kept for a while");
        machine.step_wall_back(Duration::from_secs(3_600));
        let second = badge.token().unwrap();
        assert!(ring.verify(&first, clock.wall()).is_err(), "the first is not valid yet");
        assert_eq!(ring.verify(&second, clock.wall()).unwrap().principal, "mei");
    }
}
