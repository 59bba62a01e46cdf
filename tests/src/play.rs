//! Runs one test's story: on a thread with room for its deep futures, which lives as long as the processes it starts.

use std::future::Future;
use std::thread;

use anyhow::{Context as _, anyhow};
use tokio::runtime::Builder;

/// Stories nest many calls, and futures of unoptimized builds are large.
const STACK: usize = 64 * 1024 * 1024;

/// Plays a story to its end.
pub fn play<F>(story: impl FnOnce() -> F + Send + 'static) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let body = move || {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_stack_size(STACK / 8)
            .enable_all()
            .build()?;
        runtime.block_on(story())
    };
    let player = thread::Builder::new().name("story".to_owned()).stack_size(STACK).spawn(body);
    let ended = player.context("start the story's thread")?.join();
    ended.map_err(|_| anyhow!("the story panicked"))?
}
