//! Who writes down what the computer was like when a device fell into trouble.
//!
//! Owns: one thread that looks when it is told of a fault, the log's line about it, and the pages of what is known of each device. Refuses: to hold
//! up the control thread (a fault that finds no room has no evidence), and to look more than once a second: faults that come together share a look.
//! A crash loses it; faults are in the journal, their evidence in the log.

use super::evidence::{HostEye, words};
use station::api::{DEVICE_PAGE, DeviceReport, HostEvidence, PAST_FAULTS};
use station::device::Fault;
use station::ident::DeviceId;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use tokio::sync::watch;

/// Most faults that wait for a look.
const WAITING: usize = 64;
/// What is pulled takes the kernel a moment to tell; faults of one cause come together.
const GATHER: Duration = Duration::from_millis(200);
/// From one look to the next.
const REST: Duration = Duration::from_millis(800);

struct Told {
    device: DeviceId,
    fault: Fault,
    number: u32,
}

/// What was seen at each device's last faults, by their numbers.
type Evidence = BTreeMap<DeviceId, VecDeque<(u32, HostEvidence)>>;

/// The control thread's end.
pub struct Witness {
    told: SyncSender<Told>,
    reports: watch::Sender<Arc<Vec<DeviceReport>>>,
}

/// The other end: what is known of each device, for whoever asks.
#[derive(Debug, Clone)]
pub struct Equipment {
    reports: watch::Receiver<Arc<Vec<DeviceReport>>>,
    evidence: watch::Receiver<Arc<Evidence>>,
}

impl Witness {
    /// Starts the thread, which ends when this is dropped. `root`: `/` outside of tests.
    ///
    /// # Errors
    /// What the system says when it has no more threads.
    pub fn start(root: &Path) -> io::Result<(Self, Equipment)> {
        let (told, faults) = sync_channel(WAITING);
        let (report, reports) = watch::channel(Arc::default());
        let (show, evidence) = watch::channel(Arc::default());
        let root = root.to_owned();
        let body = move || watch_over(HostEye::open(&root), &faults, &show);
        std::thread::Builder::new().name("witness".to_owned()).spawn(body)?;
        Ok((Self { told, reports: report }, Equipment { reports, evidence }))
    }

    /// A device's fault of this number has just been told.
    pub fn fault(&self, device: &DeviceId, fault: &Fault, number: u32) {
        let told = Told { device: device.clone(), fault: fault.clone(), number };
        if self.told.try_send(told).is_err() {
            tracing::debug!(%device, "too many faults at once: nobody looks at the computer for this one");
        }
    }

    /// What is known of each device now, in the order of their names.
    pub fn report(&self, reports: Vec<DeviceReport>) {
        self.reports.send_replace(Arc::new(reports));
    }
}

impl Equipment {
    /// A page of devices behind this one.
    pub fn page(&self, after: Option<&DeviceId>) -> Vec<DeviceReport> {
        let (reports, evidence) = (self.reports.borrow().clone(), self.evidence.borrow().clone());
        let behind = reports.iter().filter(|report| after.is_none_or(|after| report.device > *after));
        let mut page: Vec<DeviceReport> = behind.take(DEVICE_PAGE).cloned().collect();
        for report in &mut page {
            let Some(seen) = evidence.get(&report.device) else { continue };
            for past in &mut report.faults {
                past.host = seen.iter().find(|(number, _)| *number == past.number).map(|(_, e)| e.clone());
            }
        }
        page
    }
}

fn watch_over(mut eye: HostEye, faults: &Receiver<Told>, show: &watch::Sender<Arc<Evidence>>) {
    let mut evidence = Evidence::new();
    while let Ok(first) = faults.recv() {
        std::thread::sleep(GATHER);
        let seen = eye.look();
        for told in std::iter::once(first).chain(faults.try_iter().take(WAITING)) {
            tracing::warn!(device = %told.device, fault = %told.fault, host = words(&seen), "a device is in trouble");
            let of_device = evidence.entry(told.device).or_default();
            of_device.push_back((told.number, seen.clone()));
            if of_device.len() > PAST_FAULTS {
                of_device.pop_front();
            }
        }
        show.send_replace(Arc::new(evidence.clone()));
        std::thread::sleep(REST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use station::api::{DeviceHealth, PastFault};
    use station::device::DeviceKind;
    use station::measure::Span;

    fn report(name: &str, numbers: &[u32]) -> DeviceReport {
        let past = |number: &u32| PastFault {
            number: *number,
            fault: Fault::LinkLost,
            age: Span::ZERO,
            lasted: None,
            host: None,
        };
        DeviceReport {
            device: DeviceId::new(name).unwrap(),
            kind: DeviceKind::Scale,
            health: DeviceHealth::Unknown,
            closed: None,
            identity: None,
            answers: None,
            reading: None,
            thrown: 0,
            faults: numbers.iter().map(past).collect(),
        }
    }

    #[tokio::test]
    async fn a_fault_is_told_with_what_the_computer_was_like() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("proc")).unwrap();
        std::fs::write(root.path().join("proc/loadavg"), "7.25 1.00 1.00 1/1 1\n").unwrap();
        let (witness, mut equipment) = Witness::start(root.path()).unwrap();
        witness.report(vec![report("bed1.scale", &[1, 2]), report("bed2.scale", &[])]);
        witness.fault(&DeviceId::new("bed1.scale").unwrap(), &Fault::LinkLost, 2);
        drop(equipment.evidence.wait_for(|evidence| !evidence.is_empty()).await.unwrap());
        let page = equipment.page(None);
        assert_eq!(page[0].faults[0].host, None, "nobody looked at the first");
        assert_eq!(page[0].faults[1].host.as_ref().unwrap().load_hundredths, Some(725));
        let rest = equipment.page(Some(&page[0].device));
        assert_eq!(rest.len(), 1);
        assert!(equipment.page(Some(&rest[0].device)).is_empty());
    }

    /// A page of eight beds' devices that all had the most and the longest to say fits a frame.
    #[test]
    fn the_longest_page_fits_a_frame() {
        let long = |number| {
            let mut report = report(&format!("bed{number}.separator"), &[u32::MAX; PAST_FAULTS]);
            report.closed = Some("c".repeat(200));
            report.identity = Some(station::api::IdentityView {
                model: "m".repeat(64),
                serial: station::ident::DeviceSerial::new("123456789012345678901234").ok(),
            });
            report.thrown = u64::MAX;
            for past in &mut report.faults {
                past.fault = Fault::Device("f".repeat(32));
                past.age = Span(u64::MAX);
                past.lasted = Some(Span(u64::MAX));
                past.host = Some(HostEvidence {
                    load_hundredths: Some(u32::MAX),
                    waiting_hundredths: Some(10_000),
                    under_voltage: Some(false),
                    under_voltage_before: Some(false),
                    usb: vec!["1-1.2.3.4.5.6.7 plugged anew".to_owned(); 4],
                });
            }
            report
        };
        let devices: Vec<DeviceReport> = (0..DEVICE_PAGE).map(long).collect();
        let answer = station::api::Answer::Devices { devices };
        let length = serde_json::to_vec(&answer).unwrap().len();
        assert!(length < station::api::MAX_FRAME - 1024, "{length} bytes");
    }
}
