/** What the manuals of a made-up company are about, and how people ask for it in other words. */

/** A section of a guide. `{it}` is the product, `{n}` a number that each product has of its own. */
export interface Task {
  heading: string
  says: readonly string[]
  /** The sentence that answers. It has `{n}`. */
  fact: string
  range: readonly [from: number, to: number]
  /** Questions that share few words with the section. */
  asked: readonly string[]
}
export interface Guide {
  name: string
  title: string
  tasks: readonly Task[]
}

function task(
  heading: string,
  says: readonly string[],
  [fact, from, to]: readonly [string, number, number],
  ...asked: string[]
): Task {
  return { heading, says, fact, range: [from, to], asked }
}

export const GUIDES: readonly Guide[] = [
  {
    name: 'setup',
    title: 'Installation',
    tasks: [
      task(
        'Unpacking',
        ['Lift the {it} out by its base, not by its handle.', 'Keep the carton for transport.'],
        ['Let the {it} stand for {n} hours before first use.', 2, 24],
        'how long must a new {it} rest once it is out of the box',
      ),
      task(
        'Power supply',
        ['Plug the {it} into an earthed wall socket.', 'Extension leads are not permitted.'],
        ['The {it} draws {n} watts at full load.', 300, 2400],
        'how much electricity does my {it} need',
        'can my {it} run from a travel battery',
      ),
      task(
        'Placement',
        ['Choose a level surface away from curtains.', 'Do not cover the vents of the {it}.'],
        ['Leave {n} centimetres of free space behind the {it}.', 3, 30],
        'how far from the wall should I put the {it}',
      ),
      task(
        'First start',
        ['Hold the main button until the lamp turns green.', 'The {it} then checks its sensors.'],
        ['The check of the {it} takes {n} seconds.', 10, 90],
        'how do I switch my {it} on initially',
      ),
    ],
  },
  {
    name: 'care',
    title: 'Cleaning and care',
    tasks: [
      task(
        'Removing limescale',
        ['Use citric acid, never vinegar essence.', 'Rinse the {it} twice afterwards.'],
        ['Descaling of the {it} is due every {n} weeks.', 2, 16],
        'when should I get rid of white deposits in the {it}',
        'hard water left crust inside my {it}',
      ),
      task(
        'Outer surfaces',
        ['Wipe with a damp cloth and mild soap.', 'Scouring pads scratch the coating of the {it}.'],
        ['The coating of the {it} withstands {n} degrees.', 60, 180],
        'what can I use to wash the casing of the {it}',
      ),
      task(
        'Filters',
        ['Pull out the cassette and tap it gently.', 'Dry it completely before it goes back.'],
        ['Replace the filter of the {it} after {n} months.', 2, 14],
        'how often must I swap the mesh in the {it}',
      ),
      task(
        'Storage',
        ['Empty the {it} and leave it open to dry.', 'Store it where there is no frost.'],
        ['Stored, the {it} keeps its settings for {n} days.', 20, 200],
        'I am going away, may the {it} stay unused in the garage',
      ),
    ],
  },
  {
    name: 'settings',
    title: 'Programs and settings',
    tasks: [
      task(
        'Timer',
        ['Turn the dial until the clock symbol blinks.', 'Confirm with a short press.'],
        ['The {it} can be delayed by up to {n} hours.', 4, 36],
        'can I make the {it} begin later by itself',
      ),
      task(
        'Quiet mode',
        ['Press the moon symbol twice.', 'The fan of the {it} then runs at a third of its speed.'],
        ['In quiet mode the {it} stays below {n} decibels.', 28, 52],
        'my {it} is too loud at night',
      ),
      task(
        'Child lock',
        ['Hold both arrows to lock the keys.', 'A padlock appears on the display.'],
        ['The lock of the {it} opens after {n} seconds of pressing.', 3, 9],
        'stop my toddler from playing with the {it} buttons',
      ),
      task(
        'Factory reset',
        ['Disconnect the {it} and press reset while you plug it in.', 'All programs are erased.'],
        ['Keep reset pressed for {n} seconds on the {it}.', 5, 25],
        'how do I restore the {it} to its original state',
        'wipe everything from my {it} before I sell it',
      ),
    ],
  },
  {
    name: 'faults',
    title: 'Troubleshooting',
    tasks: [
      task(
        'No power',
        ['Check the fuse and the cable first.', 'The {it} has a thermal cut-out at its base.'],
        ['The cut-out of the {it} resets after {n} minutes.', 5, 45],
        'the {it} is dead and nothing happens',
        'my {it} does not turn on any more',
      ),
      task(
        'Leaking',
        ['Look at the rubber ring for cracks.', 'Rings may be greased with silicone.'],
        ['Rings of the {it} last about {n} months.', 10, 48],
        'there is a puddle under my {it}',
      ),
      task(
        'Unusual noise',
        ['Remove coins and crumbs from the fan.', 'A rattle stops once the feet are level.'],
        ['A hum of the {it} for {n} seconds after stopping is normal.', 5, 60],
        'why does the {it} rattle and buzz',
      ),
      task(
        'Error codes',
        ['The display shows E and two digits.', 'Note the code before you unplug the {it}.'],
        ['Code E{n} of the {it} means a blocked sensor.', 10, 99],
        'what do letters and digits flashing on the {it} mean',
      ),
    ],
  },
  {
    name: 'safety',
    title: 'Safety',
    tasks: [
      task(
        'Burns',
        ['Hot parts carry a red triangle.', 'Use gloves when you open the {it}.'],
        ['The {it} needs {n} minutes to cool down.', 8, 50],
        'when is the {it} safe to touch again',
      ),
      task(
        'Electric shock',
        ['Never open the housing of the {it}.', 'Pull the plug before any work.'],
        ['The capacitor of the {it} holds a charge for {n} minutes.', 2, 20],
        'may I unscrew the {it} on my own',
      ),
      task(
        'Fumes',
        ['A faint smell is normal on the first day.', 'Open a window while the {it} runs in.'],
        ['Ventilate for {n} minutes while the {it} runs in.', 10, 60],
        'my brand new {it} stinks of plastic',
      ),
      task(
        'Disposal',
        ['Electrical devices do not belong in household waste.', 'Dealers take an old {it} back.'],
        ['The {it} contains {n} grams of recyclable copper.', 80, 900],
        'where do I throw away a broken {it}',
      ),
    ],
  },
  {
    name: 'warranty',
    title: 'Warranty and service',
    tasks: [
      task(
        'Coverage',
        ['Keep the receipt in the folder.', 'Wear parts are excluded.'],
        ['The warranty of the {it} lasts {n} months.', 12, 72],
        'is a two year old {it} still repaired for free',
        'guarantee period of the {it}',
      ),
      task(
        'Returns',
        ['Announce the parcel on the service page.', 'Use the original carton for the {it}.'],
        ['A {it} can be sent back within {n} days.', 14, 100],
        'I changed my mind and want a refund for the {it}',
      ),
      task(
        'Repairs',
        ['Only listed workshops may repair the {it}.', 'You get a replacement meanwhile.'],
        ['A repair of the {it} takes {n} working days.', 3, 21],
        'how long until my {it} gets fixed',
      ),
      task(
        'Registration',
        ['The serial number is on the underside.', 'Registered owners hear of recalls.'],
        ['Registering the {it} extends its cover by {n} months.', 3, 24],
        'do I gain something by signing up my {it}',
      ),
    ],
  },
  {
    name: 'parts',
    title: 'Parts and accessories',
    tasks: [
      task(
        'Ordering spares',
        ['Spare parts have a six-digit number.', 'Order parts of the {it} on the service page.'],
        ['Parts of the {it} are stocked for {n} years.', 5, 15],
        'buy a replacement lid for the {it}',
      ),
      task(
        'Cables',
        ['Use only the supplied lead.', 'A damaged lead must be exchanged at once.'],
        ['The cable of the {it} is {n} centimetres long.', 80, 250],
        'will the cord of the {it} reach my outlet',
      ),
      task(
        'Brackets',
        ['Drill four holes with the enclosed template.', 'The bracket fits masonry only.'],
        ['The bracket of the {it} carries {n} kilograms.', 5, 60],
        'hang the {it} on a wall',
      ),
      task(
        'Compatible models',
        [
          'Parts of older series do not fit.',
          'The letter in the model number of the {it} decides.',
        ],
        ['Series {n} and later share the parts of the {it}.', 2, 9],
        'does the lid from my previous {it} match',
      ),
    ],
  },
  {
    name: 'app',
    title: 'App and network',
    tasks: [
      task(
        'Pairing',
        ['Open the app and scan the code in the lid.', 'The {it} blinks blue while it waits.'],
        ['Pairing mode of the {it} ends after {n} seconds.', 30, 180],
        'connect the {it} to my phone',
        'phone cannot find my {it}',
      ),
      task(
        'Wireless network',
        ['Only the 2.4 gigahertz band is supported.', 'Move the router closer to the {it}.'],
        ['The {it} retries the network every {n} minutes.', 1, 15],
        'my {it} keeps dropping off the wifi',
      ),
      task(
        'Updates',
        ['Updates install at night.', 'Do not unplug the {it} meanwhile.'],
        ['An update of the {it} takes {n} minutes.', 4, 30],
        'new software version for the {it}',
      ),
      task(
        'Privacy',
        ['Usage data stays on the {it} unless you share it.', 'Sharing is off at delivery.'],
        ['Shared data of the {it} is deleted after {n} days.', 7, 90],
        'what does the {it} know about me',
      ),
    ],
  },
]
