//! A receiving BMS on the loopback interface: it takes records, acknowledges what it keeps, and hands out a worklist.
//!
//! Owns: the listener, one thread for each connection, at most [`MAX_CONNECTIONS`]. Refuses: to listen anywhere but on
//! 127.0.0.1. Dropping it ends the listener; what was accepted stays in the book.
//!
//! ```text
//!   POST /records            Idempotency-Key, X-Content-SHA256    201, 200 again, 409 for other bytes, 422 for a wrong hash
//!   GET  /records            ids and hashes of all that was accepted
//!   GET  /worklist?station=  donors waiting
//!   POST /eligibility        whether a donor may give today
//! ```

pub mod book;
pub mod http;

use book::{Book, Verdict};
use http::Request;
use std::io::{self, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Most connections at once.
pub const MAX_CONNECTIONS: usize = 32;

/// A running BMS.
#[derive(Debug)]
pub struct Bms {
    address: SocketAddr,
    book: Arc<Mutex<Book>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Bms {
    /// Listens on 127.0.0.1; port 0 takes a free one.
    ///
    /// # Errors
    /// The port is taken, or a thread cannot be started.
    pub fn start(book: Book, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let address = listener.local_addr()?;
        let book = Arc::new(Mutex::new(book));
        let stop = Arc::new(AtomicBool::new(false));
        let serve = {
            let (book, stop) = (book.clone(), stop.clone());
            move || listen(&listener, &book, &stop)
        };
        let thread = std::thread::Builder::new().name("bms".to_owned()).spawn(serve)?;
        Ok(Self { address, book, stop, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base address for `station.toml`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its book, for others in this process who reach into it.
    pub fn shared(&self) -> Arc<Mutex<Book>> {
        self.book.clone()
    }

    /// Its book. Held locked as long as the guard lives.
    pub fn book(&self) -> MutexGuard<'_, Book> {
        lock(&self.book)
    }
}

impl Drop for Bms {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // A connection of our own wakes the listener; when it fails nobody listens any more.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// A panic elsewhere while the book was held leaves it as it is: every change of it is a single step.
fn lock(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

fn listen(listener: &TcpListener, book: &Arc<Mutex<Book>>, stop: &AtomicBool) {
    let open = Arc::new(AtomicUsize::new(0));
    for connection in listener.incoming() {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(connection) = connection else { continue };
        if open.load(Ordering::SeqCst) >= MAX_CONNECTIONS {
            continue;
        }
        open.fetch_add(1, Ordering::SeqCst);
        let (book, open) = (book.clone(), open.clone());
        let serve = move || {
            if let Err(error) = converse(&connection, &book) {
                tracing::debug!(%error, "a connection to the simulated BMS ended");
            }
            open.fetch_sub(1, Ordering::SeqCst);
        };
        if let Err(error) = std::thread::Builder::new().name("bms-connection".to_owned()).spawn(serve) {
            tracing::warn!(%error, "no thread for a connection to the simulated BMS");
        }
    }
}

fn converse(connection: &TcpStream, book: &Mutex<Book>) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection);
    let mut writer = connection;
    while let Some(request) = Request::read(&mut reader)? {
        match judge(&request, book) {
            Verdict::Answer(status, json) => http::answer(&mut writer, status, &json)?,
            Verdict::Close => return Ok(()),
            Verdict::Silence => {
                // Until the station loses patience and closes.
                io::copy(&mut reader.by_ref(), &mut io::sink())?;
                return Ok(());
            }
        }
    }
    Ok(())
}

fn judge(request: &Request, book: &Mutex<Book>) -> Verdict {
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/records") => {
            let (id, sha256) = (request.header("idempotency-key"), request.header("x-content-sha256"));
            lock(book).post(id, sha256, &request.body)
        }
        ("POST", "/eligibility") => lock(book).eligibility(&request.body),
        ("GET", "/records") => Verdict::Answer(200, lock(book).records_json()),
        ("GET", "/worklist") if request.parameter("station").is_some() => {
            Verdict::Answer(200, lock(book).worklist_json().to_owned())
        }
        (_, _) => Verdict::Answer(404, r#"{"error":"no such thing here"}"#.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::book::{BmsFault, ListedDonor};
    use super::*;
    use controller::upstream::https::{Https, HttpsSettings};
    use controller::upstream::{Acknowledgement, SendOutcome, Transport};
    use sha2::{Digest, Sha256};
    use std::time::Duration;

    const BODY: &[u8] = br#"{"id":"S1/7/1","volume":400}"#;

    fn client(bms: &Bms) -> Https {
        let timeout = Duration::from_secs(1);
        Https::new(&HttpsSettings { base: bms.url(), timeout, ca_file: None, client: None }).unwrap()
    }

    fn sha(body: &[u8]) -> String {
        Sha256::digest(body).iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The product's own sender against this receiver, over real sockets.
    #[test]
    fn the_station_s_sender_is_acknowledged_once_whatever_goes_wrong_between() {
        let bms = Bms::start(Book::default(), 0).unwrap();
        let mut https = client(&bms);
        bms.book().misbehave([BmsFault::Refuse, BmsFault::LoseAnswer, BmsFault::Silence]);
        let acknowledged =
            SendOutcome::Acknowledged(Acknowledgement { id: "S1/7/1".into(), sha256: sha(BODY) });
        for _ in 0..3 {
            let sent = https.send("S1/7/1", &sha(BODY), BODY);
            assert!(matches!(sent, SendOutcome::Unreachable(_) | SendOutcome::Troubled(_)), "{sent:?}");
        }
        assert_eq!(https.send("S1/7/1", &sha(BODY), BODY), acknowledged);
        assert_eq!(https.send("S1/7/1", &sha(BODY), BODY), acknowledged);
        let other = br#"{"id":"S1/7/1","volume":500}"#;
        assert!(matches!(https.send("S1/7/1", &sha(other), other), SendOutcome::Refused(_)));
        assert_eq!(bms.book().accepted().count(), 1);
    }

    #[test]
    fn the_worklist_is_fetched_by_station() {
        let donor = ListedDonor {
            queue: "A001".into(),
            name: "王小明".into(),
            id_number: "990000199001010016".into(),
            programme_ml: 400,
            screening: true,
            consent: true,
            eligible: true,
            din: None,
            last_donation: None,
            approved_ml: None,
            group: None,
            registration: None,
            codes: Vec::new(),
        };
        let bms = Bms::start(Book::new(vec![donor]), 0).unwrap();
        let text = client(&bms).worklist("S1").unwrap();
        assert_eq!(
            text,
            r#"{"items":[{"consent":true,"din":null,"eligible":true,"id_number":"990000199001010016","name":"王小明","programme_ml":400,"queue":"A001","screening":true}]}"#
        );
    }
}
