//! The wire: a scripted daemon on a real Unix socket.

use super::*;
use crate::fixtures::{idle, snapshot};
use station::api::prompt::Prompt;
use station::api::{Answer, Op, VERSION};
use station::procedure::refusal::Refusal;
use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

/// Short, so that a test does not wait; long enough for a scripted daemon that answers at once.
const QUICK: Patience = Patience { silence: Duration::from_millis(500), again: Duration::from_millis(5) };

fn line(reply: &Reply) -> Vec<u8> {
    let mut line = serde_json::to_vec(reply).unwrap();
    line.push(b'\n');
    line
}

fn picture() -> Reply {
    Reply::Snapshot(Box::new(snapshot(vec![idle(1)])))
}

fn answer(re: &str) -> Reply {
    Reply::Answer { v: VERSION, re: re.to_owned(), result: Ok(Answer::Done) }
}

#[test]
fn partial_lines_wait_and_several_come_at_once() {
    let bytes = [line(&picture()), line(&answer("a-1"))].concat();
    for cut in [1, 100, bytes.len() / 2, bytes.len() - 1] {
        let mut lines = Lines::default();
        let mut got = lines.take(&bytes[..cut]).unwrap();
        got.extend(lines.take(&bytes[cut..]).unwrap());
        assert_eq!(got, [picture(), answer("a-1")], "cut at {cut}");
    }
}

#[test]
fn what_is_no_reply_or_has_no_end_is_an_error() {
    assert_eq!(Lines::default().take(b"{\"snapshots\":1}\n"), Err(LineError::NotAReply));
    assert_eq!(Lines::default().take(&vec![b' '; MAX_FRAME]), Err(LineError::TooLong));
}

/// A newer daemon asks what this terminal does not know: that bed says so, and every other bed, alarm and key is there as ever.
#[test]
fn a_prompt_that_is_not_known_costs_no_picture() {
    let Reply::Snapshot(mut shown) = picture() else { unreachable!("a picture") };
    let mut second = idle(2);
    second.prompt = Prompt::NoNeedle;
    second.refused = Some(Refusal::BinFull);
    shown.beds.push(second);
    let mut newer = String::from_utf8(line(&Reply::Snapshot(shown.clone()))).unwrap();
    for (known, unknown) in [
        (r#""no_needle""#, r#"{"of_tomorrow":{"tube":3,"why":["x"]}}"#),
        (r#""bin_full""#, r#"{"of_tomorrow":1}"#),
    ] {
        assert_eq!(newer.matches(known).count(), 1);
        newer = newer.replace(known, unknown);
    }
    (shown.beds[1].prompt, shown.beds[1].refused) = (Prompt::Newer, None);
    let told = Reply::Snapshot(shown);
    assert_eq!(Lines::default().take(newer.as_bytes()), Ok(vec![told.clone()]));
    // And a prompt without more to it, as the one that was added last.
    let plain = newer.replace(r#"{"of_tomorrow":{"tube":3,"why":["x"]}}"#, r#""no_blood""#);
    assert_eq!(Lines::default().take(plain.as_bytes()), Ok(vec![told]));
    assert_eq!(Prompt::Newer.primary(), None, "nothing is answered by guess");
    let refused = br#"{"answer":{"v":1,"re":"a-1","result":{"Err":{"code":"refused","text":"no","refusal":"of_tomorrow"}}}}
"#;
    let heard = Lines::default().take(refused).unwrap();
    let [Reply::Answer { result: Err(error), .. }] = heard.as_slice() else { panic!("an answer") };
    assert_eq!((error.refusal.clone(), error.text.as_str()), (None, "no"));
}

#[test]
fn a_request_longer_than_a_frame_is_not_sent() {
    let long = Request { v: VERSION, id: "x".repeat(MAX_FRAME), op: Op::Subscribe };
    assert!(encode(&long).is_err());
}

/// A link to a socket in a temporary directory, with what it says.
fn link() -> (UnixListener, Receiver<Heard>, Arc<AtomicBool>, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("control.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let (tell, heard) = sync_channel(64);
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    std::thread::spawn(move || run(&path, QUICK, &seen, &tell));
    (listener, heard, stop, dir)
}

fn writer(heard: &Receiver<Heard>) -> Writer {
    match heard.recv().unwrap() {
        Heard::Connected(writer) => writer,
        Heard::Message(other) => panic!("{other:?}"),
    }
}

fn message(heard: &Receiver<Heard>) -> Message {
    match heard.recv().unwrap() {
        Heard::Message(message) => message,
        Heard::Connected(_) => panic!("connected twice"),
    }
}

#[test]
fn requests_and_replies_cross_and_a_closed_socket_is_connected_again() {
    let (listener, heard, stop, _dir) = link();
    let (mut daemon, _) = listener.accept().unwrap();
    let mut writer_1 = writer(&heard);
    writer_1.send(&Request { v: VERSION, id: "t-1".to_owned(), op: Op::Subscribe }).unwrap();
    let mut asked = String::new();
    BufReader::new(daemon.try_clone().unwrap()).read_line(&mut asked).unwrap();
    assert_eq!(asked, "{\"v\":1,\"id\":\"t-1\",\"op\":\"subscribe\"}\n");
    daemon.write_all(&line(&answer("t-1"))).unwrap();
    daemon.write_all(&line(&picture())).unwrap();
    assert_eq!(message(&heard), Message::Reply(Box::new(answer("t-1"))));
    assert_eq!(message(&heard), Message::Reply(Box::new(picture())));
    daemon.shutdown(Shutdown::Both).unwrap();
    assert_eq!(message(&heard), Message::Lost(LostWhy::Closed));
    let (mut daemon, _) = listener.accept().unwrap();
    writer(&heard);
    daemon.write_all(b"not for us\n").unwrap();
    assert_eq!(message(&heard), Message::Lost(LostWhy::NotUnderstood));
    stop.store(true, Ordering::Relaxed);
}

#[test]
fn a_daemon_that_says_nothing_is_lost() {
    let (listener, heard, stop, _dir) = link();
    let (_daemon, _) = listener.accept().unwrap();
    writer(&heard);
    assert_eq!(message(&heard), Message::Lost(LostWhy::Silent));
    stop.store(true, Ordering::Relaxed);
}

#[test]
fn without_a_daemon_the_link_says_so() {
    let (tell, heard) = sync_channel(64);
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("control.sock");
    std::thread::spawn(move || run(&path, QUICK, &seen, &tell));
    assert_eq!(message(&heard), Message::Lost(LostWhy::NoDaemon));
    stop.store(true, Ordering::Relaxed);
}
