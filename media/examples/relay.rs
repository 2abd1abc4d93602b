use ringdesk_media::*;
use ringdesk_model::*;
use ringdesk_voice::*;
use std::net::*;
use std::sync::mpsc::*;
use std::time::*;
use uuid::Uuid;
fn cpu(name: &str) -> (u64, u64) {
    let mut r = (0, 0);
    for t in std::fs::read_dir("/proc/self/task").unwrap() {
        let p = t.unwrap().path();
        if std::fs::read_to_string(p.join("comm")).unwrap().trim().starts_with(name) {
            let s = std::fs::read_to_string(p.join("schedstat")).unwrap();
            r.0 += s.split(' ').next().unwrap().parse::<u64>().unwrap();
            let st = std::fs::read_to_string(p.join("stat")).unwrap();
            let f: Vec<&str> = st.rsplit(')').next().unwrap().split_whitespace().collect();
            r.1 += f[11].parse::<u64>().unwrap();
        }
    }
    r
}
fn rss() -> u64 {
    std::fs::read_to_string("/proc/self/statm").unwrap().split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4
}
fn main() {
    let n: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    let secs = 8;
    let mode = std::env::args().nth(2).unwrap_or("bridge".into());
    let (tx, rx) = sync_channel(100000);
    let outlet = Outlet::new(move |e| {
        tx.try_send(e).map_err(|e| match e {
            TrySendError::Full(e) | TrySendError::Disconnected(e) => Full(e),
        })
    });
    let config = Config {
        interfaces: vec![Interface { bind: IpAddr::V4(Ipv4Addr::LOCALHOST), advertise: None }],
        shards: 1,
        ..Config::default()
    };
    let clock = WallClock::start();
    let media = Media::start(config, clock, std::process::id() as u64, Shelf::default(), outlet).unwrap();
    media.shelf().pin(PromptRef::new("p"), &ringdesk_audio::Clip::new(vec![1000i16; 8000 * 30]));
    let before = rss();
    let mut phones = vec![];
    for c in 0..n {
        let call = CallId(Uuid::from_u128(c as u128 + 1));
        let mut legs = vec![];
        for k in 0..(if mode == "play" { 1 } else { 2 }) {
            let s = UdpSocket::bind("127.0.0.1:0").unwrap();
            s.set_nonblocking(true).unwrap();
            let port = s.local_addr().unwrap().port();
            let leg = LegId(Uuid::from_u128((c * 2 + k + 1) as u128));
            let pt = if mode == "convert" && k == 1 { 8 } else { 0 };
            let offer=Sdp::from(format!("v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP {pt} 101\na=rtpmap:101 telephone-event/8000\n").into_bytes());
            media
                .command(call, MediaCommand::AnswerOffer { leg, interface: InterfaceId(0), offer, prefer: None })
                .ok()
                .unwrap();
            let port = loop {
                match rx.recv().unwrap().1 {
                    MediaEvent::Negotiated { answer: Some(a), .. } => {
                        let a = String::from_utf8(a.0.to_vec()).unwrap();
                        break a.split("m=audio ").nth(1).unwrap().split(' ').next().unwrap().parse::<u16>().unwrap();
                    }
                    MediaEvent::Flowing { .. } => {}
                    e => panic!("{e:?}"),
                }
            };
            s.connect(("127.0.0.1", port)).unwrap();
            legs.push(leg);
            phones.push((s, pt));
        }
        if mode == "play" {
            media
                .command(
                    call,
                    MediaCommand::Play {
                        leg: legs[0],
                        play: PlayId(1),
                        prompts: vec![PromptRef::new("p")],
                        repeat: true,
                    },
                )
                .ok()
                .unwrap();
        } else {
            for k in 0..2 {
                media.command(call, MediaCommand::Hear { leg: legs[k], legs: vec![legs[1 - k]] }).ok().unwrap();
            }
        }
    }
    let after = rss();
    let total = phones.len();
    let start = Instant::now();
    let mut seq = vec![0u16; total];
    let mut c0 = None;
    let mut sent = 0u64;
    let mut got = 0u64;
    let mut buf = [0u8; 500];
    let mut lat: Vec<u32> = vec![];
    let mut step = 0u64;
    loop {
        // every ms serve total/20 phones
        let due = start + Duration::from_millis(step);
        let now = Instant::now();
        if now < due {
            std::thread::sleep(due - now);
        }
        let el = start.elapsed();
        if c0.is_none() && el > Duration::from_secs(2) {
            c0 = Some((cpu("media"), sent, got, Instant::now()));
        }
        if el > Duration::from_secs(2 + secs) {
            break;
        }
        let slot = (step % 20) as usize;
        for i in (slot..total).step_by(20) {
            let (s, pt) = &phones[i];
            let mut p = vec![0u8; 172];
            p[0] = 0x80;
            p[1] = *pt;
            p[2..4].copy_from_slice(&seq[i].to_be_bytes());
            p[4..8].copy_from_slice(&(seq[i] as u32 * 160).to_be_bytes());
            p[11] = 1;
            let t = start.elapsed().as_micros() as u32;
            p[20..24].copy_from_slice(&t.to_be_bytes());
            seq[i] = seq[i].wrapping_add(1);
            let _ = s.send(&p);
            sent += 1;
        }
        // read the ones sent 5 ms ago
        let slot = ((step + 15) % 20) as usize;
        for i in (slot..total).step_by(20) {
            let j = if mode == "play" { i } else { i ^ 1 };
            while let Ok(k) = phones[j].0.recv(&mut buf) {
                got += 1;
                if mode == "bridge" && k >= 24 {
                    let t = u32::from_be_bytes([buf[20], buf[21], buf[22], buf[23]]);
                    lat.push((start.elapsed().as_micros() as u32).wrapping_sub(t));
                }
            }
        }
        step += 1;
    }
    let (c, s0, g0, t0) = c0.unwrap();
    let c1 = cpu("media");
    let min = t0.elapsed().as_secs_f64() / 60.0;
    println!(
        "{mode} n={n} cpu-ms per call-minute {:.1} (user ticks {}) sent {} got {} setup rss {} kB/call; per packet {:.2} us; late {:?}",
        (c1.0 - c.0) as f64 / 1e6 / min / n as f64,
        c1.1 - c.1,
        sent - s0,
        got - g0,
        (after - before) / n as u64,
        (c1.0 - c.0) as f64 / 1e3 / (got - g0) as f64,
        media
            .figures()
            .iter()
            .filter(|f| f.0.contains("late") || f.0.contains("dropped"))
            .filter(|f| f.1 > 0)
            .collect::<Vec<_>>()
    );
}
