//! Who speaks to labs: a feed with tokens of its own making, or with those that somebody puts into a file for it, so that
//! the machine beside the laboratory needs no key that signs for anybody.

use std::path::PathBuf;

use tonic::metadata::MetadataValue;
use tonic::service::Interceptor;
use tonic::{Request, Status};

use crate::client::Badge;

/// Puts the feed's token on each call.
#[derive(Clone)]
pub enum Speaks {
    /// Signed here.
    Badge(Box<Badge>),
    /// Read anew for each call: whoever renews it writes the file.
    File(PathBuf),
}

impl Interceptor for Speaks {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let file = match self {
            Self::Badge(badge) => return badge.call(request),
            Self::File(file) => file,
        };
        let wrong =
            |what: &str| Status::unauthenticated(format!("the token's file {} {what}", file.display()));
        let token =
            std::fs::read_to_string(&file).map_err(|cause| wrong(&format!("can not be read: {cause}")))?;
        let mut value = MetadataValue::try_from(format!("Bearer {}", token.trim()))
            .map_err(|_| wrong("holds characters that no token has"))?;
        value.set_sensitive(true);
        request.metadata_mut().insert("authorization", value);
        Ok(request)
    }
}
