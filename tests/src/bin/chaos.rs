//! Rounds of faults on standing houses, as `cargo xtask chaos` runs them: any number, several houses beside each other, and any
//! failed round again by its seed and number. Ends with an error where a round failed.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use holdpoint_system_tests::faults::chaos::{Run, play};
use holdpoint_system_tests::faults::{checker, history};

#[derive(Parser)]
#[command(name = "chaos", about = "Kills, stops and cuts a standing house, and judges what people heard")]
struct Line {
    /// How many rounds
    #[arg(long, default_value_t = 60)]
    rounds: u64,
    /// Seed of all rounds
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of the first round: a failed one is played again by itself
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Houses beside each other
    #[arg(long, default_value_t = 2)]
    houses: u64,
    /// Folder for the histories of rounds that failed
    #[arg(long, default_value = "target/chaos")]
    kept: PathBuf,
    /// Judges a kept history, and plays nothing
    #[arg(long, value_name = "FILE")]
    judge: Option<PathBuf>,
}

fn main() -> anyhow::Result<ExitCode> {
    let line = Line::parse();
    if let Some(file) = &line.judge {
        let verdict = checker::check(&history::load(file)?);
        println!("{verdict}");
        return Ok(ExitCode::from(u8::from(!verdict.broken.is_empty())));
    }
    let each = line.rounds.div_ceil(line.houses);
    let runs = (0..line.houses).map(|house| {
        let from = line.from + house * each;
        let rounds = each.min((line.from + line.rounds).saturating_sub(from));
        Run { seed: line.seed, from, rounds, kept: line.kept.clone() }
    });
    let players: Vec<_> = runs
        .map(|run| {
            std::thread::spawn(move || {
                let (send, receive) = std::sync::mpsc::channel();
                holdpoint_system_tests::play(move || async move {
                    drop(send.send(play(&run).await?));
                    Ok(())
                })?;
                anyhow::Ok(receive.recv()?)
            })
        })
        .collect();
    let (mut clean, mut heard, mut holds, mut failed) = (0, 0, 0, Vec::new());
    for player in players {
        let played = player.join().map_err(|_| anyhow::anyhow!("a player panicked"))??;
        let Some(tally) = played else {
            println!("skipped: this machine lacks a server that the houses need");
            return Ok(ExitCode::SUCCESS);
        };
        clean += tally.clean;
        heard += tally.heard;
        holds += tally.holds;
        failed.extend(tally.failed);
    }
    println!("seed {}: {clean} rounds clean, {} failed; {heard} Gos, {holds} holds", line.seed, failed.len());
    for (round, why) in &failed {
        println!("again: cargo xtask chaos --seed {} --from {round} --rounds 1\n{why}", line.seed);
    }
    Ok(ExitCode::from(u8::from(!failed.is_empty())))
}
