//! What is secret in settings: an address that may carry a password, and a key. Shown, logged and written without it.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// A URL whose password is hidden wherever it is shown.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(transparent)]
pub struct SecretUrl(String);

impl SecretUrl {
    /// Takes the URL as written.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The URL with its password: for the connection alone.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The part before the first colon: `postgres`, `sqlite`, `nats`.
    pub fn scheme(&self) -> &str {
        self.0.split_once(':').map_or(self.0.as_str(), |(scheme, _)| scheme)
    }

    /// The password, where the URL carries one.
    pub fn password(&self) -> Option<&str> {
        let (user_info, _) = self.authority()?.rsplit_once('@')?;
        user_info.split_once(':').map(|(_, password)| password)
    }

    /// The password is one that anybody would try first.
    pub fn has_well_known_password(&self) -> bool {
        const WELL_KNOWN: &[&str] = &[
            "",
            "admin",
            "changeme",
            "change-me",
            "default",
            "demo",
            "example",
            "holdpoint",
            "nats",
            "passw0rd",
            "password",
            "postgres",
            "root",
            "secret",
            "test",
            "123456",
            "12345678",
        ];
        self.password().is_some_and(|password| WELL_KNOWN.contains(&password.to_lowercase().as_str()))
    }

    fn authority(&self) -> Option<&str> {
        let (_, rest) = self.0.split_once("://")?;
        rest.split(['/', '?', '#']).next()
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.password() {
            Some(password) if !password.is_empty() => {
                f.write_str(&self.0.replacen(&format!(":{password}@"), ":(hidden)@", 1))
            }
            _ => f.write_str(&self.0),
        }
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretUrl({self})")
    }
}

/// Writes the masked form: a serialized setting is for showing.
impl Serialize for SecretUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A key or another secret text, hidden wherever it is shown. Set it through `_FILE`, best.
#[derive(Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(transparent)]
pub struct SecretText(String);

impl SecretText {
    /// Takes the secret as written.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret: for what it opens alone.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Nothing is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn shown(&self) -> &'static str {
        if self.is_empty() { "" } else { "(hidden)" }
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretText({})", self.shown())
    }
}

/// Writes that there is one, not which: a serialized setting is for showing.
impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_shows_nowhere() {
        let url = SecretUrl::new("postgres://holdpoint:s3cr:et@db:5432/x?sslmode=require");
        assert_eq!(url.password(), Some("s3cr:et"));
        assert_eq!(url.to_string(), "postgres://holdpoint:(hidden)@db:5432/x?sslmode=require");
        assert!(!format!("{url:?}{}", serde_json::to_string(&url).unwrap()).contains("s3cr"));
        assert_eq!(SecretUrl::new("sqlite:data").to_string(), "sqlite:data");
        assert_eq!(SecretUrl::new("nats://bus:4222").password(), None);
    }

    #[test]
    fn a_secret_text_shows_only_whether_it_is_set() {
        let key = SecretText::new("k-8842");
        assert_eq!(key.expose(), "k-8842");
        assert_eq!(
            format!("{key:?}{}", serde_json::to_string(&key).unwrap()),
            "SecretText((hidden))\"(hidden)\""
        );
        assert_eq!(serde_json::to_string(&SecretText::default()).unwrap(), "\"\"");
    }

    #[test]
    fn passwords_anybody_would_try_are_known() {
        for (url, well_known) in [
            ("postgres://postgres:postgres@db/", true),
            ("postgres://postgres:@db/", true),
            ("nats://x:ChangeMe@bus", true),
            ("postgres://holdpoint:kT9vq0Zr@db/", false),
            ("postgres://holdpoint@db/", false),
            ("sqlite:data", false),
        ] {
            assert_eq!(SecretUrl::new(url).has_well_known_password(), well_known, "{url}");
        }
    }
}
