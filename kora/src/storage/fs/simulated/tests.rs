//! What a crash, a power loss and a failing disk leave behind.
//!
//! What a disk does while nothing goes wrong is asked in `fs/tests.rs`.

use std::collections::BTreeSet;

use super::*;
use crate::types::random::Random;

fn machine() -> Simulated {
    let machine = Simulated::new(0);
    machine.create_dir(Path::new("db")).unwrap();
    machine
}

fn create(machine: &Simulated, path: &str, bytes: &[u8]) -> Arc<dyn File> {
    let file = machine.create(Path::new(path)).unwrap();
    file.write_at(bytes, 0).unwrap();
    file
}

/// A file that no power loss takes away.
fn create_durable(machine: &Simulated, path: &str, bytes: &[u8]) -> Arc<dyn File> {
    let file = create(machine, path, bytes);
    file.sync().unwrap();
    machine.sync_dir(Path::new("db")).unwrap();
    file
}

fn power_loss(seed: u64, keep: Keep) -> Restart {
    Restart::PowerLoss { seed, keep }
}

/// All that random power losses leave of a file.
fn outcomes(machine: &Simulated, path: &str, keep: Keep) -> BTreeSet<Vec<u8>> {
    (0..200).map(|seed| machine.restart(power_loss(seed, keep)).read_file(path)).collect()
}

#[track_caller]
fn check_error<T>(answer: io::Result<T>, errno: Errno) {
    assert_eq!(answer.err().and_then(|error| error.raw_os_error()), Some(errno.raw_os_error()));
}

#[test]
fn bytes_that_were_not_synced_vanish() {
    let machine = machine();
    let file = create_durable(&machine, "db/f", b"synced");
    file.write_at(b"SYN and more", 0).unwrap();
    assert_eq!(machine.restart(power_loss(0, Keep::Nothing)).read_file("db/f"), b"synced");
    assert_eq!(machine.restart(power_loss(0, Keep::All)).read_file("db/f"), b"SYN and more");
    assert_eq!(machine.restart(Restart::Killed).read_file("db/f"), b"SYN and more");
    assert_eq!(machine.read_file("db/f"), b"SYN and more", "the old machine is as it was");
    file.sync().unwrap();
    assert_eq!(machine.restart(power_loss(0, Keep::Nothing)).read_file("db/f"), b"SYN and more");
}

#[test]
fn a_name_is_durable_with_its_directory_and_not_with_its_file() {
    let machine = machine();
    create(&machine, "db/f", b"content").sync().unwrap();
    assert_eq!(machine.restart(power_loss(0, Keep::Nothing)).files("db"), [""; 0]);
    machine.sync_dir(Path::new("db")).unwrap();
    create(&machine, "db/empty", b"content");
    machine.sync_dir(Path::new("db")).unwrap();
    let next = machine.restart(power_loss(0, Keep::Nothing));
    assert_eq!(next.files("db"), ["empty", "f"]);
    assert_eq!(next.read_file("db/f"), b"content");
    assert_eq!(next.read_file("db/empty"), b"");
}

#[test]
fn a_rename_that_was_not_synced_may_not_have_been() {
    let machine = machine();
    create_durable(&machine, "db/f", b"old");
    create_durable(&machine, "db/f.tmp", b"new");
    machine.rename(Path::new("db/f.tmp"), Path::new("db/f")).unwrap();
    assert_eq!(outcomes(&machine, "db/f", Keep::Nothing), BTreeSet::from([b"old".to_vec()]));
    let either = BTreeSet::from([b"old".to_vec(), b"new".to_vec()]);
    assert_eq!(outcomes(&machine, "db/f", Keep::Random), either);
    machine.sync_dir(Path::new("db")).unwrap();
    assert_eq!(outcomes(&machine, "db/f", Keep::Random), BTreeSet::from([b"new".to_vec()]));
    assert_eq!(machine.restart(power_loss(0, Keep::Random)).files("db"), ["f"]);
}

#[test]
fn a_removed_file_may_come_back_until_its_directory_is_synced() {
    let machine = machine();
    create_durable(&machine, "db/f", b"content");
    machine.remove(Path::new("db/f")).unwrap();
    assert_eq!(machine.restart(Restart::Killed).files("db"), [""; 0]);
    assert_eq!(machine.restart(power_loss(0, Keep::Nothing)).read_file("db/f"), b"content");
    machine.sync_dir(Path::new("db")).unwrap();
    assert_eq!(machine.restart(power_loss(0, Keep::Nothing)).files("db"), [""; 0]);
}

#[test]
fn sectors_survive_each_by_itself() {
    let machine = machine();
    let file = create_durable(&machine, "db/f", &[1; 2048]);
    file.write_at(&[2; 2048], 0).unwrap();
    let outcomes = outcomes(&machine, "db/f", Keep::Random);
    assert_eq!(outcomes.len(), 16, "each of four sectors is old or new");
    let is_whole = |content: &Vec<u8>| {
        content.chunks(512).all(|sector| sector == [1; 512] || sector == [2; 512])
    };
    assert!(outcomes.iter().all(is_whole));
}

#[test]
fn a_file_that_grew_may_have_stopped_anywhere() {
    let machine = machine();
    create_durable(&machine, "db/f", &[1; 10]).write_at(&[2; 90], 10).unwrap();
    let outcomes = outcomes(&machine, "db/f", Keep::Random);
    let lengths: BTreeSet<usize> = outcomes.iter().map(Vec::len).collect();
    assert!(lengths.contains(&10) && lengths.contains(&100) && lengths.len() > 10, "{lengths:?}");
    for content in &outcomes {
        let (old, grown) = content.split_at(10);
        assert_eq!(old, [1; 10]);
        assert!(grown.iter().all(|byte| *byte == 2) || grown.iter().all(|byte| *byte == 0));
    }
    assert!(outcomes.contains(&[vec![1; 10], vec![0; 90]].concat()), "the length came first");
}

#[test]
fn the_last_write_can_end_within_a_sector() {
    let machine = machine();
    let file = create_durable(&machine, "db/f", &[1; 512]);
    file.write_at(&[2; 100], 200).unwrap();
    let outcomes = outcomes(&machine, "db/f", Keep::Torn);
    assert!(outcomes.len() > 50);
    for content in &outcomes {
        let end = content[200..].iter().position(|byte| *byte == 1).unwrap();
        assert!(end <= 100, "{end}");
        assert!(content[200 + end..].iter().all(|byte| *byte == 1), "it has one end");
    }
    file.sync().unwrap();
    assert_eq!(self::outcomes(&machine, "db/f", Keep::Torn).len(), 1, "it was synced since");
}

#[test]
fn a_write_that_crashes_leaves_a_part_and_a_dead_machine() {
    let mut lengths = BTreeSet::new();
    for seed in 0..100 {
        let machine = Simulated::new(seed);
        machine.create_dir(Path::new("db")).unwrap();
        let file = create_durable(&machine, "db/f", b"");
        machine.crash_at(machine.steps());
        assert!(!machine.is_dead());
        assert!(file.write_at(&[1; 100], 0).is_err());
        assert!(machine.is_dead());
        assert!(file.len().is_err() && file.sync().is_err());
        assert!(machine.list(Path::new("db")).is_err());
        let next = machine.restart(Restart::Killed);
        let left = next.read_file("db/f");
        assert!(left == vec![1; left.len()]);
        lengths.insert(left.len());
        assert!(next.open(Path::new("db/f")).unwrap().write_at(b"x", 0).is_ok(), "it lives");
        assert_eq!(machine.restart(power_loss(seed, Keep::Nothing)).read_file("db/f"), b"");
    }
    assert!(lengths.contains(&0) && lengths.contains(&100) && lengths.len() > 10, "{lengths:?}");
}

#[test]
fn a_copy_into_a_region_that_crashes_is_torn_in_any_order() {
    let (mut is_front, mut has_gap) = (false, false);
    for seed in 0..100 {
        let machine = Simulated::new(seed);
        machine.create_dir(Path::new("db")).unwrap();
        let file = machine.create(Path::new("db/f")).unwrap();
        file.allocate(4096).unwrap();
        let mut region = file.region(0, 4096, Pages::Small).unwrap();
        machine.crash_at(machine.steps());
        assert!(region.write(5, &[1; 100]).is_err());
        let left = machine.restart(Restart::Killed).read_file("db/f");
        assert!(left[..5] == [0; 5] && left[105..].iter().all(|byte| *byte == 0));
        let arrived = left[5..105].iter().filter(|byte| **byte == 1).count();
        let in_front = left[5..].iter().take_while(|byte| **byte == 1).count();
        is_front |= arrived == in_front && arrived > 0;
        has_gap |= arrived > in_front;
    }
    assert!(is_front && has_gap);
}

#[test]
fn a_region_outlives_the_process_and_not_the_power() {
    let machine = machine();
    let file = create_durable(&machine, "db/f", &[0; 4096]);
    let mut region = Arc::clone(&file).region(0, 4096, Pages::Small).unwrap();
    region.write(100, b"record").unwrap();
    let record = |how: Restart| machine.restart(how).read_file("db/f")[100..106].to_vec();
    assert_eq!(record(Restart::Killed), b"record");
    assert_eq!(record(power_loss(0, Keep::Nothing)), [0; 6]);
    file.sync().unwrap();
    assert_eq!(record(power_loss(0, Keep::Nothing)), b"record");
}

#[test]
fn what_a_killed_process_did_not_sync_can_still_be_lost() {
    let machine = machine();
    let file = create_durable(&machine, "db/f", b"old");
    file.write_at(b"new", 0).unwrap();
    create(&machine, "db/g", b"");
    let next = machine.restart(Restart::Killed);
    assert_eq!(next.files("db"), ["f", "g"]);
    let last = next.restart(power_loss(0, Keep::Nothing));
    assert_eq!(last.files("db"), ["f"]);
    assert_eq!(last.read_file("db/f"), b"old");
}

#[test]
fn a_failed_sync_loses_what_a_second_one_claims() {
    let mut losses = 0;
    for seed in 0..20 {
        let machine = Simulated::new(seed);
        machine.create_dir(Path::new("db")).unwrap();
        let file = create_durable(&machine, "db/f", &[1; 4096]);
        file.write_at(&[2; 4096], 0).unwrap();
        machine.fail_at(machine.steps(), FaultKind::Io);
        check_error(file.sync(), Errno::IO);
        file.sync().unwrap();
        assert!(machine.read_file("db/f") == [2; 4096], "the system reads what it was given");
        losses +=
            usize::from(machine.restart(power_loss(0, Keep::All)).read_file("db/f") != [2; 4096]);
    }
    assert!(losses > 15, "{losses} of 20");
}

#[test]
fn a_call_fails_once_or_until_the_disk_heals() {
    let machine = machine();
    let file = create_durable(&machine, "db/f", b"old");
    machine.fail_at(machine.steps() + 1, FaultKind::Io);
    assert_eq!(file.len().unwrap(), 3);
    check_error(file.read_at(&mut [0], 0), Errno::IO);
    file.read_at(&mut [0], 0).unwrap();

    machine.fail_from(machine.steps(), FaultKind::NoSpace);
    check_error(file.write_at(b"new", 0), Errno::NOSPC);
    check_error(file.allocate(10), Errno::NOSPC);
    check_error(machine.create(Path::new("db/g")), Errno::NOSPC);
    check_error(machine.rename(Path::new("db/f"), Path::new("db/h")), Errno::NOSPC);
    assert_eq!(file.len().unwrap(), 3, "what needs no room does not notice");
    assert_eq!(machine.files("db"), ["f"]);
    machine.heal();
    file.write_at(b"new", 0).unwrap();
    assert_eq!(machine.read_file("db/f"), b"new");
}

#[test]
fn a_full_disk_takes_what_fits_and_heals_when_there_is_room() {
    let machine = machine();
    let file = create_durable(&machine, "db/f", &[1; 100]);
    machine.set_capacity(Some(150));
    check_error(file.write_at(&[2; 100], 90), Errno::NOSPC);
    assert!(machine.read_file("db/f") == [vec![1; 90], vec![2; 60]].concat());
    check_error(file.allocate(151), Errno::NOSPC);
    check_error(file.write_at(b"x", 151), Errno::NOSPC);
    file.write_at(&[3; 150], 0).unwrap();
    let other = machine.create(Path::new("db/g")).unwrap();
    check_error(other.allocate(1), Errno::NOSPC);
    let next = machine.restart(Restart::Killed);
    check_error(next.open(Path::new("db/g")).unwrap().allocate(1), Errno::NOSPC);

    machine.remove(Path::new("db/f")).unwrap();
    other.allocate(150).unwrap();
    assert_eq!(machine.used(), 150);
    check_error(other.allocate(151), Errno::NOSPC);
    machine.set_capacity(None);
    other.allocate(1 << 40).unwrap();
}

#[test]
fn locks_are_free_after_a_restart() {
    let machine = machine();
    let path = Path::new("db/LOCK");
    let lock = machine.lock(path).unwrap().unwrap();
    let next = machine.restart(Restart::Killed);
    let next_lock = next.lock(path).unwrap().unwrap();
    drop(lock);
    assert!(next.lock(path).unwrap().is_none(), "a lock of the old machine frees nothing");
    drop(next_lock);
    assert!(next.lock(path).unwrap().is_some());
}

#[test]
fn bits_turn_on_the_disk_too() {
    let machine = machine();
    machine.write_file("db/f", &[0; 5000]);
    machine.flip("db/f", 8 * 4999 + 3);
    let next = machine.restart(power_loss(0, Keep::Nothing));
    assert_eq!(next.read_file("db/f")[4999], 8);
    next.flip("db/f", 8 * 4999 + 3);
    assert!(next.read_file("db/f") == [0; 5000]);
}

#[test]
fn a_file_that_was_put_there_is_durable() {
    let machine = Simulated::new(0);
    machine.write_file("new/f", b"first and long");
    machine.write_file("new/f", b"second");
    let file = machine.open(Path::new("new/f")).unwrap();
    file.write_at(b"third", 0).unwrap();
    let next = machine.restart(power_loss(0, Keep::Nothing));
    assert_eq!(next.read_file("new/f"), b"second");
}

#[test]
fn calls_are_counted_and_told() {
    let machine = machine();
    let file = create_durable(&machine, "db/f.tmp", b"x");
    file.sync().unwrap();
    machine.rename(Path::new("db/f.tmp"), Path::new("db/f")).unwrap();
    let counts = [Call::Sync, Call::SyncDir, Call::Rename, Call::Allocate];
    assert_eq!(counts.map(|call| machine.count(call)), [2, 1, 1, 0]);
    assert_eq!(machine.steps(), 7);
    assert!(machine.trace().ends_with("step 6: Rename db/f\n"), "{}", machine.trace());
    assert_eq!(machine.restart(Restart::Killed).steps(), 0);
}

/// A run of random calls from a seed: what they answered and what they left.
fn run(seed: u64, calls: u64) -> (String, Simulated) {
    let (machine, mut random) = (Simulated::new(seed), dice::Dice::new(seed));
    machine.create_dir(Path::new("db")).unwrap();
    machine.crash_at(calls);
    let mut told = String::new();
    for _ in 0..calls {
        let path = format!("db/{}", random.up_to(3));
        let (path, other) = (Path::new(&path), format!("db/{}", random.up_to(3)));
        let size = usize::try_from(random.up_to(9000)).unwrap();
        let at = random.up_to(9000);
        let bytes = vec![u8::try_from(random.up_to(255)).unwrap(); size];
        if random.up_to(9) == 0 {
            machine.fail_at(machine.steps(), FaultKind::Io);
        }
        let answer = match random.up_to(6) {
            0 => machine.create(path).map(drop),
            1 => machine.rename(path, Path::new(&other)),
            2 => machine.sync_dir(Path::new("db")),
            3 => machine.open(path).and_then(|file| file.sync()),
            4 => machine.open(path).and_then(|file| file.allocate(at)),
            _ => machine.open(path).and_then(|file| file.write_at(&bytes, at)),
        };
        told += &format!("{answer:?} ");
    }
    (told, machine)
}

fn everything(machine: &Simulated) -> Vec<(String, Vec<u8>)> {
    let content = |name: &String| machine.read_file(format!("db/{name}"));
    machine.files("db").into_iter().map(|name| (name.clone(), content(&name))).collect()
}

#[test]
fn the_same_seed_does_the_same_again() {
    let mut random = Random::from_environment();
    let mut kinds = BTreeSet::new();
    for _ in 0..30 {
        let (seed, calls) = (random.next(), random.within(5..100) as u64);
        let (one, other) = (run(seed, calls), run(seed, calls));
        assert_eq!(one.0, other.0);
        assert_eq!(one.1.trace(), other.1.trace());
        let ways = [Keep::Nothing, Keep::All, Keep::Random, Keep::Torn];
        let ways = ways.map(|keep| power_loss(seed, keep)).into_iter().chain([Restart::Killed]);
        for how in ways {
            let left = everything(&one.1.restart(how));
            assert!(left == everything(&other.1.restart(how)), "{how:?}");
            assert!(left == everything(&one.1.restart(how)), "{how:?} again");
            kinds.insert(left);
        }
    }
    assert!(kinds.len() > 30, "the runs differ: {}", kinds.len());
}

#[test]
fn what_was_synced_survives_every_power_loss() {
    let mut random = Random::from_environment();
    for _ in 0..50 {
        let (seed, calls) = (random.next(), random.within(5..60) as u64);
        let machine = run(seed, calls).1.restart(Restart::Killed);
        for name in machine.files("db") {
            machine.open(&Path::new("db").join(name)).unwrap().sync().unwrap();
        }
        machine.sync_dir(Path::new("db")).unwrap();
        let durable = everything(&machine.restart(power_loss(0, Keep::Nothing)));
        for keep in [Keep::All, Keep::Random, Keep::Torn] {
            assert!(everything(&machine.restart(power_loss(seed, keep))) == durable);
        }
    }
}
