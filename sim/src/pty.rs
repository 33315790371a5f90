//! Serial ports for a daemon in another process: one pseudo-terminal for each simulated device, under a stable name.
//!
//! Owns: the device's end of the pty and the symbolic link to the station's end. Refuses: to wait: everything is
//! non-blocking. While nobody has the station's end open, what the device says is lost, as on a cable that leads nowhere.
//! A crash leaves a dangling link; the next start replaces it.

use rustix::fs::{Mode, OFlags, fcntl_setfl, open};
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// One port.
#[derive(Debug)]
pub struct Pty {
    // First, so that the name is gone before the port is.
    link: Link,
    master: OwnedFd,
    listened: bool,
}

impl Pty {
    /// A raw pty whose station's end has this name. An old link of that name is replaced.
    ///
    /// # Errors
    /// What the system says, e.g. no more ptys, or a file that is no link under that name.
    pub fn create(link: &Path) -> io::Result<Self> {
        // Another program that is started meanwhile would keep it open: a pulled cable would be a silent one.
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?;
        // Raw before anybody talks; and opened and closed once, so that from now on a closed end is told as such.
        let station_end =
            open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty())?;
        let mut settings = tcgetattr(&station_end)?;
        settings.make_raw();
        tcsetattr(&station_end, OptionalActions::Now, &settings)?;
        fcntl_setfl(&master, OFlags::NONBLOCK)?;
        let link = Link::to(Path::new(OsStr::from_bytes(name.to_bytes())), link)?;
        Ok(Self { link, master, listened: false })
    }

    /// The name of the station's end.
    pub fn link(&self) -> &Path {
        &self.link.0
    }

    /// What the station has sent. Empty when nothing came or nobody is there.
    ///
    /// # Errors
    /// What the system says.
    pub fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut buffer = [0; 1024];
        match rustix::io::read(&self.master, &mut buffer) {
            Ok(read) => {
                self.listened = true;
                Ok(buffer.get(..read).unwrap_or_default().to_vec())
            }
            Err(Errno::AGAIN) => {
                self.listened = true;
                Ok(Vec::new())
            }
            Err(Errno::IO) => {
                self.listened = false;
                Ok(Vec::new())
            }
            Err(Errno::INTR) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends to the station. What a full buffer does not take is lost, as on a line without flow control.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.listened || bytes.is_empty() {
            return Ok(());
        }
        match rustix::io::write(&self.master, bytes) {
            Ok(_) | Err(Errno::AGAIN | Errno::IO | Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// The stable name of a device whose own changes: a symbolic link, as long as the device is there.
#[derive(Debug)]
pub(crate) struct Link(PathBuf);

impl Link {
    /// Gives the device this name; an old link of that name is replaced.
    pub(crate) fn to(device: &Path, link: &Path) -> io::Result<Self> {
        match std::fs::symlink_metadata(link) {
            Ok(old) if old.file_type().is_symlink() => std::fs::remove_file(link)?,
            Ok(_) => {
                return Err(io::Error::new(
                    io::ErrorKind::AlreadyExists,
                    format!("{} is no link", link.display()),
                ));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        std::os::unix::fs::symlink(device, link)?;
        Ok(Self(link.to_owned()))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::debug!(%error, link = %self.0.display(), "the link of a simulated device stays");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use drivers::transport::serial::{SerialLink, SerialSettings};

    #[tokio::test]
    async fn the_product_s_serial_link_opens_it_by_name_and_every_byte_passes_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let mut pty = Pty::create(&folder.path().join("bed1.scale")).unwrap();
        assert!(pty.read().unwrap().is_empty());
        pty.write(b"lost, nobody listens").unwrap();
        let settings = SerialSettings::new(pty.link().to_str().unwrap(), 9600);
        let mut link = SerialLink::open(&settings).unwrap();
        let all: Vec<u8> = (0..=255).collect();
        link.write_now(&all).unwrap();
        let mut got = Vec::new();
        while got.len() < all.len() {
            got.extend(pty.read().unwrap());
        }
        assert_eq!(got, all);
        pty.write(&all).unwrap();
        let mut got = Vec::new();
        while got.len() < all.len() {
            let mut part = [0; 300];
            let n = link.read(&mut part).await.unwrap();
            got.extend_from_slice(&part[..n]);
        }
        assert_eq!(got, all);
    }

    #[test]
    fn an_old_link_is_replaced_and_a_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("port");
        std::os::unix::fs::symlink("/nowhere", &name).unwrap();
        let pty = Pty::create(&name).unwrap();
        assert!(name.exists());
        drop(pty);
        assert!(!name.exists());
        std::fs::write(&name, "precious").unwrap();
        assert!(Pty::create(&name).is_err());
        assert_eq!(std::fs::read_to_string(&name).unwrap(), "precious");
    }
}
