//! Networks of a test's own: each a network namespace, joined by cables, with a router that translates addresses or lets
//! nothing through. It needs the right to make them (root, or CAP_NET_ADMIN and CAP_SYS_ADMIN).
//!
//! A socket belongs to the network in which it was made, and a child process to that of the thread that started it: whoever
//! stands in a network ([`Network::enter`]) opens telephones and starts programs there. So a test runs on one thread.

use anyhow::{Context as _, Result, ensure};
use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

static COUNT: AtomicU32 = AtomicU32::new(0);

pub struct Network {
    name: String,
}

impl Network {
    pub fn new(what: &str) -> Result<Network> {
        let name = format!("rd-{}-{}-{what}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        run("ip", &["netns", "add", &name]).context(
            "this test makes network namespaces: run it as root, with CAP_NET_ADMIN and CAP_SYS_ADMIN where it is a container",
        )?;
        let network = Network { name };
        network.ip("link set lo up")?;
        Ok(network)
    }

    /// `ip` in here.
    pub fn ip(&self, command: &str) -> Result<()> {
        self.run("ip", command)
    }

    /// Any program in here; words are parted by blanks.
    pub fn run(&self, program: &str, words: &str) -> Result<()> {
        let words: Vec<&str> = words.split(' ').collect();
        run("ip", &[&["netns", "exec", &self.name, program], &words[..]].concat())
    }

    /// A ruleset of the packet filter in here.
    pub fn filter(&self, rules: &str) -> Result<()> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), rules)?;
        self.run("nft", &format!("-f {}", file.path().display()))
    }

    /// A cable to another network, with the addresses of both ends (`10.0.0.1/24`), and its name in both.
    pub fn join(&self, other: &Network, name: &str, [here, there]: [&[&str]; 2]) -> Result<()> {
        run(
            "ip",
            &["link", "add", name, "netns", &self.name, "type", "veth", "peer", "name", name, "netns", &other.name],
        )?;
        for (network, addresses) in [(self, here), (other, there)] {
            for address in addresses {
                // An address of IPv6 is used at once, without asking whether somebody else has it.
                let nodad = if address.contains(':') { " nodad" } else { "" };
                network.ip(&format!("addr add {address} dev {name}{nodad}"))?;
            }
            network.ip(&format!("link set {name} up"))?;
        }
        Ok(())
    }

    /// Stand in here, on this thread, until the guard is dropped.
    pub fn enter(&self) -> Result<Inside> {
        let before = File::open("/proc/thread-self/ns/net")?;
        stand_in(&File::open(format!("/run/netns/{}", self.name))?)?;
        Ok(Inside { before })
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        run("ip", &["netns", "del", &self.name]).ok();
    }
}

pub struct Inside {
    before: File,
}

impl Drop for Inside {
    fn drop(&mut self) {
        stand_in(&self.before).expect("the way back");
    }
}

fn stand_in(network: &File) -> Result<()> {
    #[expect(unsafe_code, reason = "no safe word for it; the descriptor is open as long as the call lasts")]
    let failed = unsafe { libc::setns(network.as_raw_fd(), libc::CLONE_NEWNET) };
    ensure!(failed == 0, "setns: {}", std::io::Error::last_os_error());
    Ok(())
}

fn run(program: &str, words: &[&str]) -> Result<()> {
    let output = Command::new(program).args(words).output();
    let output = output.with_context(|| format!("{program} (scripts/setup test installs it)"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{program} {}: {said}", words.join(" "));
    Ok(())
}
