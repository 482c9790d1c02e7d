<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>SEEN</source>
            <translation>GESEHEN</translation>
        </message>
        <message>
            <source>SHELVE ...</source>
            <translation>ZURÜCKSTELLEN ...</translation>
        </message>
        <message>
            <source>SHOW AGAIN</source>
            <translation>WIEDER ZEIGEN</translation>
        </message>
        <message>
            <source>Cause: {text}</source>
            <translation>Ursache: {text}</translation>
        </message>
        <message>
            <source>If nobody acts: {text}</source>
            <translation>Wenn niemand handelt: {text}</translation>
        </message>
        <message>
            <source>Do: {text}</source>
            <translation>Tun: {text}</translation>
        </message>
        <message>
            <source>Alarms</source>
            <translation>Alarme</translation>
        </message>
        <message>
            <source>Alarms that need somebody now: {count}</source>
            <translation>Alarme, die jetzt jemanden brauchen: {count}</translation>
        </message>
        <message>
            <source>MORE</source>
            <translation>MEHR</translation>
        </message>
        <message>
            <source>SHELVED</source>
            <translation>ZURÜCKGESTELLT</translation>
        </message>
        <message>
            <source>No connection: nobody knows which alarms stand.</source>
            <translation>Keine Verbindung: niemand weiß, welche Alarme anstehen.</translation>
        </message>
        <message>
            <source>Shelved alarms: {count}. What they are about goes on.</source>
            <translation>Zurückgestellte Alarme: {count}. Ihr Anlass besteht weiter.</translation>
        </message>
        <message>
            <source>No alarm: nobody has to do anything now.</source>
            <translation>Kein Alarm: niemand muss jetzt etwas tun.</translation>
        </message>
        <message>
            <source>Seen, and recorded.</source>
            <translation>Gesehen und aufgezeichnet.</translation>
        </message>
        <message>
            <source>Shelved, and recorded. What it is about goes on.</source>
            <translation>Zurückgestellt und aufgezeichnet. Der Anlass besteht weiter.</translation>
        </message>
        <message>
            <source>Shown again, and recorded.</source>
            <translation>Wieder gezeigt und aufgezeichnet.</translation>
        </message>
        <message>
            <source>the answer to the alarm</source>
            <translation>Antwort auf den Alarm</translation>
        </message>
        <message>
            <source>30 MIN</source>
            <translation>30 MIN</translation>
        </message>
        <message>
            <source>2 HOURS</source>
            <translation>2 STUNDEN</translation>
        </message>
        <message>
            <source>THIS SHIFT</source>
            <translation>DIESE SCHICHT</translation>
        </message>
        <message>
            <source>Why nobody has to act now</source>
            <translation>Warum jetzt niemand handeln muss</translation>
        </message>
        <message>
            <source>SHELVE</source>
            <translation>ZURÜCKSTELLEN</translation>
        </message>
        <message>
            <source>Shelve {alarm} for at most</source>
            <translation>{alarm} zurückstellen für höchstens</translation>
        </message>
        <message>
            <source>since {time}</source>
            <translation>seit {time}</translation>
        </message>
        <message>
            <source>shelved until {time}: {reason}</source>
            <translation>zurückgestellt bis {time}: {reason}</translation>
        </message>
        <message>
            <source>Alarms in the last hour: {count} (people cope with {most})</source>
            <translation>Alarme der letzten Stunde: {count} (zu schaffen: {most})</translation>
        </message>
        <message>
            <source>CAME FIRST</source>
            <translation>KAM ZUERST</translation>
        </message>
        <message>
            <source>HIGH</source>
            <translation>HOCH</translation>
        </message>
        <message>
            <source>MEDIUM</source>
            <translation>MITTEL</translation>
        </message>
        <message>
            <source>LOW</source>
            <translation>NIEDRIG</translation>
        </message>
        <message>
            <source>FLOOD: {count} in ten minutes</source>
            <translation>FLUT: {count} in zehn Minuten</translation>
        </message>
        <message>
            <source>Seven days: {often}</source>
            <translation>Sieben Tage: {often}</translation>
        </message>
        <message>
            <source>seen</source>
            <translation>gesehen</translation>
        </message>
    </context>
</TS>
