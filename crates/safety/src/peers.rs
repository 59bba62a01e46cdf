//! The journals that safety follows, and what it asks of a peer at a gate: its rows up to now, and both sides' heads.

use std::collections::BTreeMap;
use std::sync::Arc;

use holdpoint_chassis::error::{Error, Result};
use holdpoint_journal::{
    BUSY, Chain, Follower, Head, Look, PARKED as ROW_PARKED, PEER_WENT_BACK, Parked, WENT_BACK,
};

use crate::ctx::Ctx;
use crate::domain::ids::{Peer, TrialId};
use crate::domain::peer::{Compared, Place, compare};
use crate::error::{ASKER_WENT_BACK, PARKED, PEER_SILENT, WE_WENT_BACK};

/// The followers by peer. Clones share them.
#[derive(Clone, Default)]
pub struct Followers {
    by_peer: Arc<BTreeMap<Peer, Follower>>,
}

impl Followers {
    /// Followers of these peers.
    pub fn new(followers: impl IntoIterator<Item = Follower>) -> Self {
        let by_peer =
            followers.into_iter().map(|follower| (Peer::from(follower.source()), follower)).collect();
        Self { by_peer: Arc::new(by_peer) }
    }

    fn of(&self, peer: &Peer) -> Result<&Follower> {
        let found = self.by_peer.get(peer);
        Ok(found.ok_or_else(|| PEER_SILENT.refuse(format!("safety has no address of {peer}")))?)
    }

    /// Applies the asker's journal up to the head in its ask. Answers how far it was applied.
    /// `applied` is how far it was when the gate looked.
    pub async fn up_to(&self, (asker, applied): (&Peer, Head), chain: &Chain, mine: Head) -> Result<Head> {
        let follower = self.of(asker)?;
        let cursor = follower.catch_up_from(applied, chain, Some(mine)).await;
        let cursor = cursor.map_err(|error| told(asker, error))?;
        if compare(place(&mine), place(&cursor), mine.hash == cursor.hash) == Compared::WentBack {
            // The ask may have been overtaken by its own journal; only the peer's head of this moment tells.
            follower.compare().await.map_err(|error| told(asker, error))?;
        }
        Ok(cursor)
    }

    /// After a restart: hears both sides' heads from each peer that has not shown its own yet, and applies what it
    /// has of the trial. Refused while one is silent and nobody has answered for it (holds.md, H3, H7). Answers whether
    /// all had shown their own before.
    pub async fn all_shown(&self, ctx: &Ctx, trial: &TrialId, chain: &Chain) -> Result<bool> {
        let silent = ctx.instance.silent(trial);
        let all_had = silent.is_empty();
        for peer in silent {
            let follower = self.of(&peer)?;
            follower.compare().await.map_err(|error| told(&peer, error))?;
            follower.catch_up(chain, None).await.map_err(|error| told(&peer, error))?;
            ctx.instance.shown(trial, &peer);
        }
        Ok(all_had)
    }

    /// Before people release a reconciliation hold: compares heads with every peer and applies all that each has of
    /// the trial and of no one trial, whatever was shown or overridden before. Refused where a peer is silent, where
    /// journals disagree still, and where a row is parked.
    pub async fn reconciled(&self, ctx: &Ctx, chain: &Chain) -> Result<()> {
        for (peer, follower) in &*self.by_peer {
            follower.compare().await.map_err(|error| told(peer, error))?;
            for each in [chain, &Chain::Service] {
                follower.catch_up(each, None).await.map_err(|error| told(peer, error))?;
            }
        }
        self.parked_of(ctx, self.by_peer.keys(), chain).await?;
        self.parked_of(ctx, self.by_peer.keys(), &Chain::Service).await
    }

    /// Compares heads with every peer and applies what each has.
    pub async fn compare(&self) -> Result<()> {
        for follower in self.by_peer.values() {
            follower.compare().await?;
        }
        Ok(())
    }

    /// A row that permits depend on and that could not be applied refuses them: one of a journal that permits rest on.
    /// Nothing that a permit is judged by comes from labs or followup, so a row of theirs that is parked is told to
    /// people and stops no start.
    pub async fn none_parked(&self, ctx: &Ctx, chain: &Chain) -> Result<()> {
        self.parked_of(ctx, ctx.instance.known(), chain).await
    }

    /// The same by what a look saw.
    pub async fn none_parked_in(&self, ctx: &Ctx, seen: &Look, chain: &Chain) -> Result<()> {
        for peer in ctx.instance.known() {
            if let Some(parked) = seen.parked(peer.as_str(), chain).await? {
                return Err(refused(peer, &parked));
            }
        }
        Ok(())
    }

    async fn parked_of(
        &self,
        ctx: &Ctx,
        peers: impl IntoIterator<Item = &Peer>,
        chain: &Chain,
    ) -> Result<()> {
        let parked = ctx.store.all_parked().await?.into_iter().filter(|parked| parked.chain == *chain);
        let parked: BTreeMap<String, Parked> = parked.map(|parked| (parked.source.clone(), parked)).collect();
        for peer in peers {
            if let Some(parked) = parked.get(peer.as_str()) {
                return Err(refused(peer, parked));
            }
        }
        Ok(())
    }
}

fn refused(peer: &Peer, parked: &Parked) -> Error {
    let words = format!("row {} of {peer}'s journal is parked: {}", parked.head.number, parked.why);
    PARKED.refuse(words).into()
}

fn place(head: &Head) -> Place {
    Place { incarnation: head.incarnation, number: head.number }
}

/// The journal's refusals in terms of a gate.
fn told(peer: &Peer, error: Error) -> Error {
    match error.code() {
        Some(code) if code == PEER_WENT_BACK.code => ASKER_WENT_BACK
            .refuse(format!("{peer}'s journal does not continue what safety has seen of it"))
            .into(),
        Some(code) if code == WENT_BACK.code => {
            WE_WENT_BACK.refuse(format!("{peer} has seen rows of safety's journal that safety lacks")).into()
        }
        Some(code) if code == ROW_PARKED.code => PARKED.refuse(error.to_string()).into(),
        Some(code) if code == BUSY.code => {
            PEER_SILENT.refuse(format!("{peer} does not show its journal of the trial")).into()
        }
        _ => error,
    }
}
