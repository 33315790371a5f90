//! A disk that stands still or is full costs the record, never whoever is recorded.

use super::*;
use crate::clock::BootId;
use crate::devices::traffic::read;
use station::measure::Wall;
use std::sync::mpsc::{Sender, channel};

const RUN: Run = Run { boot_id: BootId(7), mono_us: Mono(5), wall_ms: Wall(9), station: None, mode: None };
/// What a piece of one byte of `bed1.scale` takes.
const COST: usize = PIECE + 11;
const LIMITS: Limits = Limits { files: 2, kib: 64 };

fn lines(folder: &Path) -> Vec<Line> {
    read(&folder.join("traffic")).unwrap().map(Result::unwrap).map(|(_, line)| line).collect()
}

/// A recorder with room for so many pieces of one byte whose disk stands still until it is told to go on.
fn stalled(folder: &Path, room: usize) -> (Tap, Recorder, Sender<()>) {
    let ring = Ring::begin(&folder.join("traffic"), LIMITS, RUN, free).unwrap();
    let (go_on, stands_still) = channel::<()>();
    let (tap, recorder) = Recorder::spawn(room * COST, move |pieces, counts| {
        stands_still.recv().unwrap();
        write_all(ring, pieces, counts)
    })
    .unwrap();
    (tap, recorder, go_on)
}

#[test]
fn what_finds_no_room_behind_a_disk_that_stands_still_is_counted_where_it_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut tap, recorder, go_on) = stalled(folder.path(), 3);
    let mut say = |at: u64| tap(Mono(at), "bed1.scale", Heard::Bytes(Way::In, &[at as u8]));
    // This would never end if it waited.
    (0..10).for_each(&mut say);
    go_on.send(()).unwrap();
    // Until there is room again, and something stands behind the gap.
    let mut at = 10;
    while lines(folder.path()).len() < 5 {
        say(at);
        at += 1;
        std::thread::yield_now();
    }
    drop(tap);
    let missing = recorder.finish().unwrap();
    let all = lines(folder.path());
    let piece =
        |at: u64| Line::In { at_us: Mono(at), who: "bed1.scale".to_owned(), hex: hex::encode(&[at as u8]) };
    assert_eq!(all[..4], [Line::Run(RUN), piece(0), piece(1), piece(2)]);
    let told: u64 =
        all.iter().map(|line| if let Line::Missing { pieces } = line { *pieces } else { 0 }).sum();
    assert!(matches!(all[4], Line::Missing { pieces: 7.. }), "{:?}", all[4]);
    let written = all.iter().filter(|line| matches!(line, Line::In { .. })).count() as u64;
    assert_eq!((told, told + written), (missing, at), "each piece is written or counted");
}

#[test]
fn pieces_missing_at_the_very_end_are_counted_too() {
    let folder = tempfile::tempdir().unwrap();
    let (mut tap, recorder, go_on) = stalled(folder.path(), 1);
    for at in 0..3 {
        tap(Mono(at), "bed1.scale", Heard::Opened);
    }
    drop(tap);
    go_on.send(()).unwrap();
    assert_eq!(recorder.finish().unwrap(), 2);
    assert_eq!(lines(folder.path()).last(), Some(&Line::Missing { pieces: 2 }));
}

/// The folder is gone when the next file is due: as with a full disk, the system refuses.
#[test]
fn a_disk_that_refuses_ends_the_record_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("traffic");
    let (mut tap, recorder) = Recorder::start(&inner, LIMITS, RUN).unwrap();
    std::fs::remove_dir_all(&inner).unwrap();
    let mut ended = None;
    let said = warnings(|| {
        for at in 0.. {
            tap(Mono(at), "bed1.scale", Heard::Bytes(Way::In, &[0; 4096]));
            ended = recorder.ended.try_recv().ok();
            if ended.is_some() {
                break;
            }
            std::thread::yield_now();
        }
        // Nobody is there any more, nobody is kept waiting, and it is said once.
        (0..QUEUE as u64).for_each(|at| tap(Mono(at), "bed1.scale", Heard::Lost));
    });
    assert_eq!(ended.unwrap().unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(said, 1);
}

/// How many lines of the log this makes.
fn warnings(during: impl FnOnce()) -> usize {
    use std::sync::Mutex;
    let log = Arc::new(Mutex::new(Vec::new()));
    let subscriber = tracing_subscriber::fmt().with_writer(Mutex::new(Copied(log.clone()))).finish();
    tracing::subscriber::with_default(subscriber, during);
    let log = log.lock().unwrap();
    log.iter().filter(|byte| **byte == b'\n').count()
}

struct Copied(Arc<std::sync::Mutex<Vec<u8>>>);

impl io::Write for Copied {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_queue_is_bounded_by_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (mut tap, recorder, go_on) = stalled(folder.path(), 10);
    let large = vec![0; 5 * COST];
    for at in 0..4 {
        tap(Mono(at), "bed1.scale", Heard::Bytes(Way::In, &large));
    }
    drop(tap);
    go_on.send(()).unwrap();
    assert_eq!(recorder.finish().unwrap(), 3, "one alone has room");
}

#[test]
fn a_disk_that_stands_still_does_not_keep_the_daemon_from_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let (tap, recorder, go_on) = stalled(folder.path(), 3);
    drop(tap);
    let ended = recorder.finish_within(Duration::from_millis(1));
    assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::TimedOut);
    drop(go_on);
}
