//! What crosses crates: end to end, crash, compatibility, tidy. This library is what those tests share.
//!
//! Owns: finding the workspace and its binaries. Refuses: stale binaries: each is built before it is used. Holds no state.

pub mod screen;

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace's manifest.
pub fn workspace_root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

/// Builds one binary of the workspace and gives its path. Cheap when it is built already.
///
/// # Errors
/// Cargo cannot be run, the build fails, or the binary is not beside this test's folder.
pub fn binary(package: &str, name: &str) -> io::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(workspace_root()).args(["build", "--quiet", "--package", package, "--bin", name]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let status = build.status()?;
    if !status.success() {
        return Err(io::Error::other(format!("building {name} of {package}: {status}")));
    }
    // A test's own binary lies in `<profile>/deps/`, those of the workspace in `<profile>/`.
    let own = std::env::current_exe()?;
    let profile = own.ancestors().nth(2).unwrap_or(&own);
    let path = profile.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    if path.is_file() {
        return Ok(path);
    }
    Err(io::Error::new(io::ErrorKind::NotFound, format!("{} is not there after building it", path.display())))
}
