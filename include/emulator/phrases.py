"""What is said in the emulator's sales calls: sentences and summaries by topic, trackers. All made up."""

from __future__ import annotations

COMPETITORS = ("Quillbase", "Teravance", "Opsly", "Nimbus Desk")
TOOLS = ("Salesforce", "HubSpot", "Snowflake", "Slack", "Jira", "Workday", "our data warehouse", "Tableau")
TEAMS = ("sales", "support", "finance", "operations", "marketing", "customer success", "legal", "IT")
QUARTERS = ("this quarter", "next quarter", "by the end of the month", "before the summer", "in January")

# (name, type, phrases). Keyword trackers report each phrase; smart trackers report moments only.
TRACKERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Competitors", "KEYWORD", COMPETITORS),
    ("Pricing", "KEYWORD", ("price", "discount", "per seat", "list price")),
    ("Security", "KEYWORD", ("SOC 2", "single sign-on", "encryption", "penetration test")),
    ("Integrations", "KEYWORD", ("integration", "API", "webhook")),
    ("Legal", "KEYWORD", ("contract", "redlines", "procurement")),
    ("Stores", "KEYWORD", ("Walmart", "Target")),
    ("Next steps", "SMART", ("follow up", "next week", "send you", "calendar")),
    ("Budget", "SMART", ("budget", "approval", "sign off")),
    ("Customer pain", "SMART", ("spreadsheet", "by hand", "too long", "frustrat")),
    ("Churn risk", "SMART", ("cancel", "not renew")),
)

# Sentences of each topic: (said by the company, said by the customer). Slots are filled when a talk is made.
TALK: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Small Talk": (
        (
            "How has your week been so far?",
            "I saw the news about your new office, congratulations on that.",
            "It is finally sunny here, so I cannot complain.",
            "Did you manage to catch the game on Sunday?",
            "Let us wait one more minute for the others to join.",
        ),
        (
            "Busy, but in a good way, we just closed the books for the month.",
            "We have had rain for {n} days in a row, so I am jealous.",
            "I am still on my first coffee, bear with me.",
            "My colleague from {team} may join us a little late.",
        ),
    ),
    "Call Setup": (
        (
            "Thanks for making the time, I thought we could spend about {n} minutes today.",
            "I would like to hear where {team} stands, show you two things, and leave time for questions.",
            "Is there anything else you want to make sure we cover?",
            "Before we start, let me quickly check that everybody can see my screen.",
        ),
        (
            "That agenda works for us.",
            "I would also like to hear how other companies of our size have rolled this out.",
            "Could we keep the last ten minutes for the technical questions?",
            "Our {team} lead asked me to take notes, so please go slowly.",
        ),
    ),
    "Discovery": (
        (
            "Can you walk me through how {team} handles that today?",
            "How many people touch that process in a typical week?",
            "What happens when one of those hand-offs is missed?",
            "And what would change for you if that took minutes instead of days?",
            "Who else feels that pain besides {team}?",
            "When did you first notice that the old way no longer works?",
            "Help me understand what you have tried so far.",
        ),
        (
            "Right now everything lives in a spreadsheet that {team} updates by hand.",
            "We are about {n} people, and roughly half of them touch it every single day.",
            "Honestly, it takes too long, and by the time the report is done nobody trusts the numbers.",
            "The most frustrating part is that two systems never agree with each other.",
            "We export from {tool} every Friday, clean it up, and load it again on Monday.",
            "Last year we lost at least {n} deals because nobody followed up in time.",
            "Leadership wants one view across {team} and {team2}, and we cannot give it to them.",
            "We looked at {rival} two years ago, but the project never got off the ground.",
        ),
    ),
    "Product Demo": (
        (
            "What you see here is the home page, and it is built from your own pipeline.",
            "Every card on this board updates by itself as soon as a conversation ends.",
            "If I click on an account, I see the whole history — calls, mails and open questions.",
            "You can filter by team, so {team} sees only what matters to them.",
            "This alert went out {n} minutes after the call, without anybody typing a word.",
            "Let me show you how a manager would use this on a Monday morning.",
            "The same view exists on the phone, which field teams love.",
        ),
        (
            "Can you go back one screen, please?",
            "So that number comes straight from {tool}, is that right?",
            "That is nice, our managers would live in that view.",
            "How long does it take until a new call shows up there?",
            "Could we rename those stages so that they match ours?",
            "Does it also work for calls in Spanish or in German?",
            "I like that, it would save {team} at least {n} hours a month.",
        ),
    ),
    "Integrations": (
        (
            "We have a ready-made integration with {tool}, it takes about {n} minutes to connect.",
            "Everything you see is available through the API as well.",
            "We can push every change to a webhook, so your team does not have to poll.",
            "Fields are mapped both ways, and you decide which side wins.",
        ),
        (
            "We would need an integration with {tool} on day one.",
            "Is there a limit on the API that we should know about?",
            "Our data team wants to load all of it into {tool}.",
            "What happens to the mapping when somebody adds a field?",
        ),
    ),
    "Security": (
        (
            "We are SOC 2 Type II certified, and I can share the report under NDA.",
            "Single sign-on and provisioning are part of every plan.",
            "All data is protected with encryption, at rest and in transit.",
            "The last penetration test was finished {n} weeks ago, with no critical findings.",
        ),
        (
            "Our security team will ask for the SOC 2 report before anything else.",
            "Do you support single sign-on with our identity provider?",
            "Where is the data stored, and can we choose the region?",
            "Who at your side can listen to our calls?",
        ),
    ),
    "Pricing": (
        (
            "The list price is {n} dollars per seat and month, billed annually.",
            "For a two-year term we can talk about a discount.",
            "Implementation is included, so there is no hidden price on top.",
            "Managers who only look at dashboards do not need a full seat.",
        ),
        (
            "What would the price be for about {n} users?",
            "That is more than we have in the budget for this year.",
            "{rival} quoted us a lower number, although without the coaching part.",
            "Is there a discount if {team} and {team2} sign together?",
            "I would need approval from finance for anything above {n} thousand.",
        ),
    ),
    "Objections": (
        (
            "That is a fair concern, and you are not the first to raise it.",
            "What we usually do is start with one team and measure for {n} weeks.",
            "Compared with {rival}, the main difference is that nobody has to type notes.",
            "If it does not work out in the pilot, you can cancel without any cost.",
        ),
        (
            "My worry is adoption, we have bought tools before that nobody opened.",
            "People in {team} do not love the idea of being recorded.",
            "{rival} told us that they do the same thing out of the box.",
            "We might not renew two other tools, so timing matters a lot.",
            "I am not sure that {team} has the capacity for a rollout {quarter}.",
        ),
    ),
    "Moving Forward": (
        (
            "Who else needs to sign off on this on your side?",
            "What does procurement usually need from a vendor like us?",
            "If everything goes well, could you see this live {quarter}?",
            "I can have the contract ready as soon as you tell me the number of seats.",
        ),
        (
            "The budget holder is our head of {team}, she will want a business case.",
            "Procurement takes about {n} weeks, and legal always sends redlines.",
            "We would like to be live {quarter}.",
            "If the pilot goes well, the approval is a formality.",
        ),
    ),
    "Next Steps": (
        (
            "I will send you the recording and a short summary this afternoon.",
            "Let me put something on the calendar for next week with our solutions engineer.",
            "I will follow up with the security documents and a draft of the contract.",
            "Could you send me the list of fields from {tool} until then?",
        ),
        (
            "Next week works, ideally on Tuesday or Thursday.",
            "Please send me the deck, I want to forward it to {team}.",
            "I will talk to {team} and get back to you {quarter}.",
            "Let us plan {n} minutes, and I will bring our architect.",
        ),
    ),
    "Wrap-Up": (
        (
            "This was really helpful, thank you for being so open.",
            "Have a great rest of your day, and talk soon.",
            "If anything comes up before then, just write me.",
        ),
        (
            "Thanks a lot, that was more useful than I expected.",
            "Thank you, bye for now.",
            "Great, talk to you then.",
        ),
    ),
}

# What anybody says about anything.
FILLERS: tuple[str, ...] = (
    "Right, that makes sense.",
    "Sure.",
    "Let me make sure that I got this right.",
    "That is exactly what I heard from {team} as well.",
    "I think the honest answer is that it depends on the week.",
    "We have about {n} of those at any moment, give or take a few.",
    "Mm-hmm, go on.",
    "Sorry, you broke up for a second, could you say that again?",
    "Good point, I had not thought of it that way.",
    "For us it would be {team} first, and then {team2} once the dust has settled.",
    "Yeah, and the other thing is that people simply forget.",
    "I would have to check that with my colleague, but I believe so.",
    "Okay, noted.",
    "It took us roughly {n} weeks the last time, which nobody wants to repeat.",
    "And does that happen often, or only at the end of a month?",
    "Absolutely, and that is a question we hear a lot.",
)

# How the spotlight sums a topic up; {who} is a role, never a name, because a talk is shared by many calls.
SUMMARIES: dict[str, tuple[str, ...]] = {
    "Small Talk": ("The participants exchanged pleasantries while waiting for others to join.",),
    "Call Setup": (
        "{who} proposed an agenda and confirmed the time available.",
        "The goals of the call were agreed.",
    ),
    "Discovery": (
        "{who} described a manual process built on spreadsheets that several teams depend on.",
        'Reports are late, and "nobody trusts the numbers".',
        "Leadership expects one view across teams, which the current tools do not give.",
    ),
    "Product Demo": (
        "{who} showed the account history and the alerts that follow each conversation.",
        "The customer asked how quickly new calls appear and whether stages can be renamed.",
    ),
    "Integrations": ("{who} explained the ready-made integrations, the API and the mapping of fields.",),
    "Security": ("Certification, single sign-on and the place of storage were discussed.",),
    "Pricing": (
        "{who} presented the list price and the conditions for a discount.",
        "The customer pointed to limits of this year's budget.",
    ),
    "Objections": ("Concerns about adoption and about competing offers were raised and answered.",),
    "Moving Forward": ("The people who must approve and the steps of procurement were named.",),
    "Next Steps": (
        "{who} will send a summary and the documents on security.",
        "A follow-up with a solutions engineer is planned for next week.",
    ),
    "Wrap-Up": ("The call ended on a friendly note.",),
}
