//! HTTPS with JSON: the default way to the BMS, and the worklist the other way.
//!
//! Owns: one agent (kept-alive connections, rustls with ring), the three requests. Refuses: redirects, answers over 1 MiB,
//! and waiting longer than its limit. Only dials out. Holds nothing that a crash could lose.
//!
//! ```text
//! POST {base}/records      Idempotency-Key: <id>   X-Content-SHA256: <hash>   body: the frozen bytes
//!      200/201 {"id": "...", "sha256": "..."}      an answer without exactly these acknowledges nothing
//! GET  {base}/worklist?station=<id>
//!      200 {"items": [...]}
//! POST {base}/eligibility    see [`crate::eligibility`]
//! ```

use super::{Acknowledgement, SendOutcome, Transport};
use std::path::PathBuf;
use std::time::Duration;
use ureq::Body;
use ureq::http::Response;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

/// Largest answer read, bytes.
const MAX_ANSWER: u64 = 1024 * 1024;

/// Where and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpsSettings {
    /// Base address, without a trailing slash.
    pub base: String,
    /// Longest time for one request, from connecting to the last byte.
    pub timeout: Duration,
    /// PEM file of the authority that signed the BMS's certificate; the public ones when absent.
    pub ca_file: Option<PathBuf>,
    /// PEM files of the station's own certificate and key, for mutual TLS.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// Why the transport cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A PEM file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A PEM file does not hold what it should.
    #[error("{path}: no certificate or key in it")]
    Pem {
        /// Which.
        path: PathBuf,
    },
}

/// Why nothing was fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No answer, or none that can be understood.
    #[error("the BMS was not reached: {0}")]
    Unreachable(String),
    /// An answer other than 200.
    #[error("the BMS answers {0}")]
    Status(u16),
}

/// The connection to one BMS.
#[derive(Debug, Clone)]
pub struct Https {
    agent: ureq::Agent,
    base: String,
}

fn read_pem(path: &PathBuf) -> Result<Vec<u8>, SetupError> {
    std::fs::read(path).map_err(|source| SetupError::Io { path: path.clone(), source })
}

fn tls(settings: &HttpsSettings) -> Result<TlsConfig, SetupError> {
    let mut builder = TlsConfig::builder();
    if let Some(path) = &settings.ca_file {
        let pem = read_pem(path)?;
        let root = Certificate::from_pem(&pem).map_err(|_| SetupError::Pem { path: path.clone() })?;
        builder = builder.root_certs(RootCerts::new_with_certs(&[root]));
    }
    if let Some((cert_path, key_path)) = &settings.client {
        let cert = Certificate::from_pem(&read_pem(cert_path)?)
            .map_err(|_| SetupError::Pem { path: cert_path.clone() })?;
        let key = PrivateKey::from_pem(&read_pem(key_path)?)
            .map_err(|_| SetupError::Pem { path: key_path.clone() })?;
        builder = builder.client_cert(Some(ClientCert::new_with_certs(&[cert], key)));
    }
    Ok(builder.build())
}

impl Https {
    /// Prepares the connection; nothing is dialled yet.
    ///
    /// # Errors
    /// [`SetupError`] when a certificate or key cannot be used.
    pub fn new(settings: &HttpsSettings) -> Result<Self, SetupError> {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(settings.timeout))
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("hemostation/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls(settings)?)
            .build();
        Ok(Self { agent: config.new_agent(), base: settings.base.trim_end_matches('/').to_owned() })
    }

    /// Fetches the worklist as the BMS wrote it. It holds personal data: hand it to the privacy part and drop it.
    ///
    /// # Errors
    /// [`FetchError`].
    pub fn worklist(&self, station: &str) -> Result<String, FetchError> {
        let url = format!("{}/worklist", self.base);
        content(self.agent.get(&url).query("station", station).call())
    }

    /// Asks about a donor. Question and answer hold personal data: they are not to be printed.
    ///
    /// # Errors
    /// [`FetchError`].
    pub fn ask(&self, question: &str) -> Result<String, FetchError> {
        let request = self.agent.post(format!("{}/eligibility", self.base));
        content(request.header("Content-Type", "application/json").send(question))
    }
}

fn content(answer: Result<Response<Body>, ureq::Error>) -> Result<String, FetchError> {
    let unreachable = |e: ureq::Error| FetchError::Unreachable(e.to_string());
    let mut answer = answer.map_err(unreachable)?;
    match answer.status().as_u16() {
        200 => answer.body_mut().with_config().limit(MAX_ANSWER).read_to_string().map_err(unreachable),
        status => Err(FetchError::Status(status)),
    }
}

impl Transport for Https {
    fn send(&mut self, id: &str, sha256: &str, canonical: &[u8]) -> SendOutcome {
        let request = self
            .agent
            .post(format!("{}/records", self.base))
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", id)
            .header("X-Content-SHA256", sha256);
        let mut answer = match request.send(canonical) {
            Ok(answer) => answer,
            Err(e) => return SendOutcome::Unreachable(e.to_string()),
        };
        let status = answer.status().as_u16();
        let text = match answer.body_mut().with_config().limit(MAX_ANSWER).read_to_string() {
            Ok(text) => text,
            Err(e) => return SendOutcome::Unreachable(e.to_string()),
        };
        judge(status, &text)
    }
}

/// What an answer means: 200 and 201 with id and hash acknowledge. 401, 403, 404, 407, 408, 425 and 429 are of the way there, of its
/// rights and addresses, whatever the record; other statuses from 400 to 499 refuse it. All else is a receiver that fails, maybe on
/// this record alone.
pub fn judge(status: u16, text: &str) -> SendOutcome {
    let shown: String = text.chars().filter(|c| !c.is_control()).take(160).collect();
    match status {
        200 | 201 => match serde_json::from_str::<Acknowledgement>(text) {
            Ok(ack) => SendOutcome::Acknowledged(ack),
            Err(_) => SendOutcome::Troubled(format!("{status} without id and hash: {shown}")),
        },
        401 | 403 | 404 | 407 | 408 | 425 | 429 => SendOutcome::Unreachable(format!("{status}: {shown}")),
        400..=499 => SendOutcome::Refused(format!("{status}: {shown}")),
        _ => SendOutcome::Troubled(format!("{status}: {shown}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_echo_of_id_and_hash_acknowledges() {
        let ack = judge(200, r#"{"id":"S1/7/1","sha256":"ab"}"#);
        assert_eq!(
            ack,
            SendOutcome::Acknowledged(Acknowledgement { id: "S1/7/1".into(), sha256: "ab".into() })
        );
        for (status, text) in [(200, "ok"), (201, "{}"), (204, ""), (302, ""), (500, ""), (503, "down")] {
            assert!(matches!(judge(status, text), SendOutcome::Troubled(_)), "{status}");
        }
        for status in [401, 403, 404, 407, 408, 429] {
            assert!(matches!(judge(status, "no"), SendOutcome::Unreachable(_)), "{status}");
        }
        for status in [400, 409, 422] {
            assert!(matches!(judge(status, "no"), SendOutcome::Refused(_)), "{status}");
        }
    }

    #[test]
    fn a_receiver_that_is_not_there_is_unreachable() {
        let settings = HttpsSettings {
            // Port 1 of the loopback address: refused at once.
            base: "http://127.0.0.1:1".into(),
            timeout: Duration::from_secs(2),
            ca_file: None,
            client: None,
        };
        let mut https = Https::new(&settings).unwrap();
        assert!(matches!(https.send("S1/7/1", "ab", b"{}"), SendOutcome::Unreachable(_)));
        assert!(matches!(https.worklist("S1"), Err(FetchError::Unreachable(_))));
    }

    #[test]
    fn a_file_without_a_certificate_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, "nothing").unwrap();
        let settings = HttpsSettings {
            base: "https://bms.example".into(),
            timeout: Duration::from_secs(2),
            ca_file: Some(path.clone()),
            client: None,
        };
        assert_eq!(
            Https::new(&settings).unwrap_err().to_string(),
            format!("{}: no certificate or key in it", path.display())
        );
    }
}
