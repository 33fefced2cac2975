//! A real file system that loses its power: ext4 in a file behind a loop device, shut down by the
//! kernel without writing its journal.
//!
//! It needs root and loop devices, and says that it was skipped where it has none. After the
//! shutdown the file system takes no more writes, is unmounted and mounted again, and has what
//! was durable.
#![expect(unsafe_code, reason = "the shutdown of a file system is an ioctl of its own")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::child::LOOK;
use crate::options::Options;
use crate::runner::Until;
use crate::supervisor::{Ledger, Loss, Running, Scratch};
use crate::support::dice::Dice;

/// Bytes of the file system.
const BYTES: u64 = 64 << 20;

/// A directory is used for so many rounds.
const ROUNDS: u64 = 20;

/// A mounted file system, unmounted when it is dropped.
#[derive(Debug)]
pub(crate) struct Mount {
    point: PathBuf,
    arguments: Vec<String>,
}

impl Mount {
    /// Mounts; `None` where that cannot be done.
    pub(crate) fn new(point: &Path, arguments: &[&str]) -> Option<Mount> {
        fs::create_dir_all(point).ok()?;
        let arguments = arguments.iter().map(|word| (*word).to_owned()).collect();
        let mount = Mount { point: point.to_owned(), arguments };
        mount.again().then_some(mount)
    }

    fn again(&self) -> bool {
        does(Command::new("mount").args(&self.arguments).arg(&self.point))
    }

    fn end(&self) -> bool {
        does(Command::new("umount").arg(&self.point))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        self.end();
    }
}

fn does(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Takes the power away under running children; whether nothing was lost that may not be.
pub(crate) fn run(options: &Options) -> bool {
    let start = Instant::now();
    let scratch = Scratch::new("power");
    let Some(mount) = file_system(&scratch.path) else {
        println!("power: skipped, this user cannot mount a file system on a loop device");
        return true;
    };
    let until = Until::of(options, 20);
    let mut dice = Dice::new(options.seed);
    let (mut rounds, mut acknowledged) = (0, 0);
    let mut result = Ok(());
    for number in 0.. {
        if until.is_over(rounds) || result.is_err() {
            break;
        }
        let dir = mount.point.join(number.to_string());
        let mut ledger = Ledger::default();
        for _ in 0..ROUNDS {
            let mode = *dice.pick(&["always", "always", "interval", "os"]);
            result = round(&mount, &dir, mode, &mut dice, &mut ledger)
                .map_err(|what| format!("round {rounds}, {mode}: {what}"));
            rounds += 1;
            if result.is_err() || until.is_over(rounds) {
                break;
            }
        }
        acknowledged += ledger.acknowledged;
        if result.is_ok() {
            fs::remove_dir_all(&dir).expect("nobody uses it any more");
        }
    }
    println!(
        "power: {rounds} rounds, {acknowledged} acknowledged writes, seed {}, {:.1?}",
        options.seed,
        start.elapsed()
    );
    if let Err(what) = &result {
        println!("{what}");
    }
    result.is_ok()
}

/// An empty ext4 in a file.
fn file_system(scratch: &Path) -> Option<Mount> {
    let image = scratch.join("image");
    File::create(&image).and_then(|file| file.set_len(BYTES)).ok()?;
    let is_made = does(Command::new("mkfs.ext4").arg("-q").arg(&image));
    let image = image.to_str()?;
    let mount = is_made.then(|| Mount::new(&scratch.join("mounted"), &["-o", "loop", image]))??;
    // A kernel may know the file system and not its shutdown.
    shut_down(&mount.point).ok()?;
    (mount.end() && mount.again()).then_some(mount)
}

/// A child writes, the power goes, and another child says what is left.
fn round(
    mount: &Mount,
    dir: &Path,
    mode: &str,
    dice: &mut Dice,
    ledger: &mut Ledger,
) -> Result<(), String> {
    let mut child = Running::start(&[], dir, mode, ledger);
    let ended = child.wait_for_any(dice);
    shut_down(&mount.point)
        .map_err(|error| format!("the file system is not shut down: {error}"))?;
    let said = match ended {
        Some(said) => said,
        // The disk fails now; whoever waits for it is told.
        None => child.kill(),
    };
    // Whether it failed to open is the shutdown's doing.
    let said = said.replace("failed ", "after the end ");
    ledger.read(&said, Loss::None)?;
    if !mount.end() || !mount.again() {
        return Err("the file system is not mounted again".to_owned());
    }
    // Nobody writes any more when the next one looks, so what it finds is what there was.
    let loss = if mode == "always" { Loss::None } else { Loss::Tail };
    let mut child = Running::start(&[], dir, LOOK, ledger);
    let said = child.wait(Duration::from_secs(20), usize::MAX).ok_or("it does not open in 20 s")?;
    match ledger.read(&said, loss)? {
        true => Ok(()),
        false => Err(format!("it does not open: {}", said.lines().last().unwrap_or("a panic"))),
    }
}

/// What `_IOR('X', 125, u32)` is: EXT4_IOC_SHUTDOWN of Linux's `fs/ext4/ext4.h`.
const SHUTDOWN: rustix::ioctl::Opcode = rustix::ioctl::opcode::read::<u32>(b'X', 125);

/// The third way: neither the journal nor anything else is written.
const WITHOUT_JOURNAL: u32 = 2;

fn shut_down(point: &Path) -> std::io::Result<()> {
    let root = File::open(point)?;
    // SAFETY: the call with this number takes the address of one u32, to read it.
    let call = unsafe { rustix::ioctl::Setter::<SHUTDOWN, u32>::new(WITHOUT_JOURNAL) };
    // SAFETY: the call is as its number says, and the file is open.
    unsafe { rustix::ioctl::ioctl(&root, call) }?;
    Ok(())
}
