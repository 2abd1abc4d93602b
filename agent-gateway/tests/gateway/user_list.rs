//! Users by the list: tried, brought in, written out, and what comes in its place.

use super::world::{Got, Login, World};
use serde_json::{Value, json};

async fn bring(world: &World, who: &Login, mode: &str, file: &str) -> Got {
    let path = format!("/api/v1/accounts/{}/users/import?mode={mode}", who.account);
    world.send_as("POST", &path, Some(&who.token), "text/csv", file).await
}

fn outcomes(got: &Got) -> Vec<String> {
    assert_eq!(got.status, 200, "{}", got.body);
    let row = |row: &Value| {
        format!("{} {} {}", row["line"], row["login"].as_str().unwrap(), row["outcome"].as_str().unwrap())
    };
    got.body["rows"].as_array().unwrap().iter().map(row).collect()
}

fn faults(got: &Got) -> Vec<String> {
    let rows = got.body["rows"].as_array().unwrap().iter();
    let faults = rows.flat_map(|row| row["faults"].as_array().unwrap().iter().map(move |f| (row["line"].clone(), f)));
    faults
        .map(|(line, f)| format!("{line} {} {}", f["column"].as_str().unwrap(), f["code"].as_str().unwrap()))
        .collect()
}

const GOOD: &str = "login,name,extension,roles,queues,state,E-mail,Language\r\n\
    # a remark,,,,,,,\r\n\
    mia,Mia Miller,2051,Agent,Support:2; Sales,active,Mia@Example.com,中文\r\n\
    rudi,Rudi Reader,,Reviewer,,out of use,,\r\n\
    agent1,Annie Agent,,,-,,annie@example.com,\r\n\
    agent2,,,,,,,\r\n";

/// Rows: S12.6, S12.29
#[tokio::test]
async fn a_list_is_tried_first_and_then_brought_in_as_one() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let users = world.get(&admin, "users").await;
    let tried = bring(&world, &admin, "trial", GOOD).await;
    let expected = ["3 mia create", "4 rudi create", "5 agent1 change", "6 agent2 same"];
    assert_eq!(outcomes(&tried), expected);
    assert_eq!((&tried.body["applied"], &tried.body["secrets"]), (&json!(false), &json!([])));
    let changes = &tried.body["rows"][2]["changes"];
    assert_eq!(changes[0]["after"], "Annie Agent");
    assert_eq!((&changes[1]["column"], &changes[1]["after"]), (&json!("email"), &json!("annie@example.com")));
    assert_eq!((&changes[2]["column"], &changes[2]["after"]), (&json!("queues"), &json!("")));
    assert_eq!(world.get(&admin, "users").await, users, "a trial changes nothing");

    // One bad row keeps all of it out, unless somebody wants the good ones.
    let bad = GOOD.to_owned() + "zoe,,,,Nowhere:1,\r\n";
    let refused = bring(&world, &admin, "all", &bad).await;
    assert_eq!(refused.body["applied"], false, "{}", refused.body);
    assert_eq!(faults(&refused), ["7 name missing", "7 queues queue_unknown"]);
    assert_eq!(world.get(&admin, "users").await, users);
    let done = bring(&world, &admin, "good", &bad).await;
    assert_eq!((outcomes(&done).len(), &done.body["applied"]), (5, &json!(true)));

    // Who is new signs in with what was shown once, and nobody else with anything.
    let secrets = done.body["secrets"].as_array().unwrap();
    assert_eq!(secrets.iter().map(|s| s["login"].as_str().unwrap()).collect::<Vec<_>>(), ["mia", "rudi"]);
    assert!(secrets[0]["phone_password"].is_string() && secrets[1]["phone_password"].is_null(), "{secrets:?}");
    let mia = world.login_with("mia", secrets[0]["password"].as_str().unwrap()).await.unwrap();
    assert!(world.login_with("rudi", secrets[1]["password"].as_str().unwrap()).await.is_err(), "out of use");
    assert!(world.login_with("mia", "another-password-1").await.is_err());
    let listed = world.get(&admin, "users").await;
    let find = |login: &str| listed.as_array().unwrap().iter().find(|u| u["login"] == login).unwrap().clone();
    assert_eq!((&find("mia")["extension"], &find("mia")["roles"]), (&json!("2051"), &json!(["agent"])));
    assert_eq!((&find("mia")["email"], &find("mia")["language"]), (&json!("mia@example.com"), &json!("zh-CN")));
    assert_eq!(
        (&find("agent1")["email"], &find("agent1")["must_change_password"]),
        (&json!("annie@example.com"), &json!(false))
    );
    // What was shown to somebody else is changed first.
    assert_eq!(find("mia")["must_change_password"], json!(true));
    assert_eq!(world.api(&mia, "GET", "queues", Value::Null).await.problem(), "must-change-password");
    assert_eq!((&find("agent1")["name"], &find("rudi")["disabled"]), (&json!("Annie Agent"), &json!(true)));
    let members = |queue: &str| format!("queues/{}", world.queues[queue]);
    let sheet = world.get(&admin, &members("support")).await.to_string();
    assert!(sheet.contains(&mia.agent.unwrap().to_string()), "{sheet}");
    assert!(!sheet.contains(&find("agent1")["agent"].as_str().unwrap().to_owned()), "{sheet}");
    // The same file again: there is nothing left to do.
    let again = bring(&world, &admin, "all", GOOD).await;
    assert!(outcomes(&again).iter().all(|row| row.ends_with("same")), "{}", again.body);
    let audit = world.get(&admin, "audit?limit=50").await.to_string();
    assert!(audit.contains("users.import") && audit.contains("2 made, 1 changed"), "{audit}");
    assert!(!audit.contains(secrets[0]["password"].as_str().unwrap()));
}

/// Rows: S12.10, S12.15
#[tokio::test]
async fn a_list_goes_out_without_formulas_and_comes_back_the_same() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let evil = "login,name,extension,queues\nevil,\"=HYPERLINK(\"\"http://x\"\")\",2066,Sales:3\n";
    assert_eq!(outcomes(&bring(&world, &admin, "all", evil).await), ["2 evil create"]);
    for language in ["en", "zh"] {
        let got = world.api(&admin, "GET", &format!("users/export?language={language}"), Value::Null).await;
        let text = got.body.as_str().unwrap();
        assert!(got.head.contains("attachment; filename=\"users.csv\""), "{}", got.head);
        assert!(text.starts_with('\u{feff}') && text.contains(",\"'=HYPERLINK"), "{text}");
        assert!(!text.contains("password") && !text.contains("argon2"), "{text}");
        let back = bring(&world, &admin, "trial", text).await;
        assert!(outcomes(&back).iter().all(|row| row.ends_with("same")), "{language}: {}", back.body);
        let path = format!("users/export?template=true&language={language}");
        let template = world.api(&admin, "GET", &path, Value::Null).await;
        let nobody = bring(&world, &admin, "trial", template.body.as_str().unwrap()).await;
        assert_eq!((nobody.status, nobody.problem()), (422, "invalid"), "a template brings nobody: {}", nobody.body);
        assert!(nobody.body["detail"].as_str().unwrap().starts_with("empty:"));
    }
    assert!(world.get(&admin, "audit?limit=5").await.to_string().contains("users.export"));
}

/// Rows: S12.15
#[tokio::test]
async fn whatever_is_wrong_with_a_list_is_said_where_it_is() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    for (file, word) in [
        ("", "empty"),
        ("%PDF-1.7 so it goes", "unknown_kind"),
        ("name,extension\nMia,2051", "no_login"),
        ("login,Login\nmia,mia", "column_twice"),
        ("login,name\n\"mia,Mia", "damaged"),
        ("PK\u{3}\u{4}nothing behind it", "damaged"),
        (&("login\n".to_owned() + &"x\n".repeat(5_001)), "too_large"),
    ] {
        let got = bring(&world, &admin, "trial", file).await;
        let detail = got.body["detail"].as_str().unwrap_or_default();
        assert!(got.status == 422 && detail.starts_with(word), "{word}: {}", got.body);
    }
    let large = bring(&world, &admin, "trial", &"x".repeat(5 * 1024 * 1024)).await;
    assert_eq!((large.status, large.problem()), (413, "too-large"), "{}", large.body);
    assert_eq!(bring(&world, &admin, "perhaps", GOOD).await.status, 422);

    let addresses = "login,name,email,language\nmia,Mia,same@example.com,\nben,Ben,SAME@example.com,\n\
        cora,Cora,nowhere,\ndora,Dora,,Klingon\n";
    let got = bring(&world, &admin, "trial", addresses).await;
    assert_eq!(faults(&got), ["3 email email_taken", "4 email email", "5 language language"]);

    let rows = "login,name,extension,roles,queues,state\n\
        mia,Mia,2051,agent,,\n\
        MIA,Mia,2052,agent,,\n\
        bad login,X,2053,agent,,\n\
        ben,Ben,2051,agent,,\n\
        cora,Cora,2001,agent,,\n\
        dora,Dora,+49,god,Sales:0; Sales,perhaps\n\
        emil,Emil,,agent,Sales,\n\
        reviewer,,2054,,,\n\
        admin,,,agent,,\n";
    let got = bring(&world, &admin, "trial", rows).await;
    assert_eq!(
        faults(&got),
        [
            "3 login twice",
            "4 login login",
            "5 extension extension_taken",
            "6 extension extension_taken",
            "7 extension extension",
            "7 roles role_unknown",
            "7 queues level",
            "7 state state",
            "8 extension extension_missing",
            "9 extension no_agent",
            "10 roles last_to_grant",
        ]
    );
    assert!(got.body["rows"][1]["faults"][0]["detail"].as_str().unwrap().contains("row 2"), "{}", got.body);
}

/// Two who change their extensions are not in each other's way, and a thousand rows take seconds.
///
/// Rows: S12.29
#[tokio::test]
async fn a_thousand_users_are_made_in_one_go() {
    let world = World::start().await;
    let admin = world.login("admin").await;
    let reach = "login,email\nagent1,one@example.com\nagent2,two@example.com\n";
    assert_eq!(outcomes(&bring(&world, &admin, "all", reach).await), ["2 agent1 change", "3 agent2 change"]);
    let swap = "login,extension,email\nagent1,2002,two@example.com\nagent2,2001,one@example.com\n";
    let done = bring(&world, &admin, "all", swap).await;
    assert_eq!(outcomes(&done), ["2 agent1 change", "3 agent2 change"]);
    assert_eq!(done.body["secrets"][0]["extension"], "2002");
    assert!(done.body["secrets"][0]["phone_password"].is_string(), "{}", done.body);

    let row = |n: usize| format!("new{n},New {n},7{n:04},agent,Support:1\n");
    let file = "login;name;extension;roles;queues\n".replace(';', ",") + &(0..1_000).map(row).collect::<String>();
    let tried = bring(&world, &admin, "trial", &file).await;
    assert!(outcomes(&tried).iter().all(|row| row.ends_with("create")));
    let done = bring(&world, &admin, "all", &file).await;
    assert_eq!(done.body["secrets"].as_array().unwrap().len(), 1_000);
}
