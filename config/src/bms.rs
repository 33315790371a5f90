//! Section `[bms]`: the blood-management system that receives records and gives the worklist.
//!
//! Owns: its address, patience and certificates. Refuses: sending donors' data in clear: plain http needs a simulated
//! station, or this very machine with `allow_plain`. Holds no state and no secret: keys are named by file.

use crate::port::absolute;
use crate::section::Section;
use serde::Serialize;
use station::device::Mode;
use std::fmt;
use std::path::PathBuf;

/// `http://` or `https://`, a host and maybe a port and a path, without slash at its end, query or password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Longest accepted, bytes.
    pub const MAX: usize = 200;

    fn new(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
        let clean =
            rest.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'?' | b'#' | b'@' | b'"' | b'\\'));
        let authority = rest.split('/').next().unwrap_or(rest);
        let (host, port) = split_port(authority);
        let host_fits = !host.is_empty() && (host.starts_with('[') || !host.contains(':'));
        let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        let fits = text.len() <= Self::MAX && clean && host_fits && port_fits;
        fits.then(|| Self(text.trim_end_matches('/').to_owned()))
    }

    /// The address as text, without slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is `http`: everybody on the way can read along.
    pub fn is_plain(&self) -> bool {
        self.0.starts_with("http://")
    }

    /// Whether it leads to this very machine.
    pub fn is_loopback(&self) -> bool {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let (host, _) = split_port(rest.split('/').next().unwrap_or(rest));
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

/// Host and port; the colons of a bracketed IPv6 address are not the port's.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        Some(_) | None => (authority, None),
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the station shows of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientCertificate {
    /// PEM file of the certificate.
    #[serde(rename = "client_cert_file")]
    pub cert_file: PathBuf,
    /// PEM file of its key.
    #[serde(rename = "client_key_file")]
    pub key_file: PathBuf,
}

/// The blood-management system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bms {
    /// Where it is.
    pub url: BaseUrl,
    /// Patience with one request, 1 to 60 s.
    pub timeout_s: u32,
    /// Wait before the first repetition, 1 to 60 s; doubled each time.
    pub retry_first_s: u32,
    /// Longest wait between two repetitions, 10 to 3600 s.
    pub retry_max_s: u32,
    /// Time between two worklists, 10 to 3600 s.
    pub worklist_s: u32,
    /// PEM file of the authorities to trust; the system's own when `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Shown when the receiver asks for it.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientCertificate>,
    /// Whether plain http to this very machine is wanted, e.g. to a local gateway.
    pub allow_plain: bool,
}

pub(crate) fn read(section: &mut Section<'_>, mode: Option<Mode>) -> Option<Bms> {
    let wanted =
        "http:// or https://, a host, maybe a port and a path; no query, no password, up to 200 characters";
    let url = section.text("url", wanted, BaseUrl::new);
    let url = section.required("url", wanted, url);
    let allow_plain = section.flag_or("allow_plain", false);
    if let Some(url) = url.as_ref().filter(|url| url.is_plain()) {
        let simulated = mode.is_none_or(|mode| mode == Mode::Simulated);
        let stays_here = allow_plain && url.is_loopback();
        if !simulated && !stays_here {
            let because =
                "plain http needs mode = \"simulated\", or allow_plain = true and a loopback address";
            section.refuse("url", because);
        }
    }
    let timeout_s = section.number_or("timeout_s", 1..=60, 10);
    let retry_first_s = section.number_or("retry_first_s", 1..=60, 2);
    let retry_max_s = section.number_or("retry_max_s", 10..=3600, 300);
    if retry_first_s > retry_max_s {
        section.refuse("retry_first_s", &format!("it is over retry_max_s, which is {retry_max_s}"));
    }
    let worklist_s = section.number_or("worklist_s", 10..=3600, 60);
    let file = "the absolute path of a PEM file";
    let ca_file = section.text("ca_file", file, absolute);
    let cert_file = section.text("client_cert_file", file, absolute);
    let key_file = section.text("client_key_file", file, absolute);
    if section.has("client_cert_file") != section.has("client_key_file") {
        let lonely = if section.has("client_cert_file") { "client_cert_file" } else { "client_key_file" };
        section.refuse(lonely, "client_cert_file and client_key_file go together");
    }
    let client =
        cert_file.zip(key_file).map(|(cert_file, key_file)| ClientCertificate { cert_file, key_file });
    Some(Bms { url: url?, timeout_s, retry_first_s, retry_max_s, worklist_s, ca_file, client, allow_plain })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_whole_or_refused() {
        for good in [
            "https://bms.example.org",
            "http://127.0.0.1:8080/api",
            "https://[::1]:443/a/b/",
            "http://localhost",
        ] {
            assert!(BaseUrl::new(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "bms.example.org",
            "ftp://x",
            "https://",
            "https:///path",
            "https://a b",
            "https://u:p@host",
            "https://host?x=1",
            "https://host#x",
            "https://host:0",
            "https://host:99999",
            "https://a:b:1",
        ] {
            assert!(BaseUrl::new(bad).is_none(), "{bad}");
        }
        assert_eq!(BaseUrl::new("https://h/a/").unwrap().as_str(), "https://h/a");
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (url, here) in [
            ("http://127.0.0.1:80/x", true),
            ("http://[::1]/", true),
            ("http://localhost:1", true),
            ("http://localhost.example.org", false),
            ("http://127.0.0.1.example.org", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(BaseUrl::new(url).unwrap().is_loopback(), here, "{url}");
        }
    }
}
