//! The project's own chores: `cargo xtask bench journal`.

mod bench_journal;

use clap::{Parser, Subcommand, ValueEnum};

/// The project's own chores.
#[derive(Parser)]
struct Chores {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Measures a part against a yardstick; build with --release.
    Bench {
        /// The part.
        part: Part,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Part {
    /// Appends, batches, and rows from journal to cursor.
    Journal,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Chores::parse().chore {
        Chore::Bench { part: Part::Journal } => bench_journal::run().await,
    }
}
