"""What people eat and log: the day's energy in meals of their diet, at their hours."""

from contract.items import Item
from device_simulator.people.chance import Stream, thing_id
from device_simulator.people.dishes import Diet, Dish, MealType, dishes
from device_simulator.people.today import Today
from device_simulator.people.wire import Meal

_SHARE: dict[MealType, float] = {"Breakfast": 0.25, "Lunch": 0.35, "Dinner": 0.40}
_SNACK_SHARE = 0.09
_LEAST_KCAL = 40.0
_OF_DISH = 0.6
"""How much of a portion is as its dish is; the rest is side dishes, which bring the diet's own balance."""

_Planned = tuple[MealType, float, float]


def meals(today: Today) -> list[tuple[float, Item]]:
    """Every meal that is logged: (second at which it is eaten, item). Those eaten sum to the day's energy."""
    person = today.person
    rng = person.chances(today.ordinal, Stream.MEALS)
    normal: list[float] = rng.standard_normal(24).tolist()
    uniform: list[float] = rng.random(48).tolist()
    planned = _planned(today, normal, uniform)
    total = sum(share for _, _, share in planned)
    logged: list[tuple[float, Item]] = []
    for number, (meal, minute, share) in enumerate(planned):
        # Portions are estimated by eye: right on average, wrong by a twelfth.
        kcal = today.energy.eaten * share / total * max(1 + 0.08 * normal[12 + number], 0.6)
        menu = dishes(person.diet, meal)
        dish = menu[int(uniform[16 + number] * len(menu))]
        if uniform[32 + number] < person.habits.meal_logging:
            second = today.local.second(minute)
            item_id = thing_id(person.user_id, f"meal/{today.local.day}/{number}")
            logged.append(
                (second, _meal(today, meal, dish, item_id=item_id, second=second, kcal=max(kcal, _LEAST_KCAL)))
            )
    return logged


def _planned(today: Today, normal: list[float], uniform: list[float]) -> list[_Planned]:
    """Meal, minute of the wall clock, share of the day's energy; in the order of time."""
    person, outline = today.person, today.outline
    latest = min(outline.bed_min - 25, 1_430)
    later = 0.15 * (person.rhythm.midsleep_min - 250)
    planned: list[_Planned] = []
    if uniform[0] > 0.05 + 0.0008 * max(person.rhythm.midsleep_min - 220, 0):
        planned.append(("Breakfast", outline.wake_min + 30 + 40 * uniform[1], _SHARE["Breakfast"]))
    planned.append(("Lunch", person.home.lunch_min + later + 16 * normal[0], _SHARE["Lunch"]))
    planned.append(("Dinner", person.home.dinner_min + later + 18 * normal[1], _SHARE["Dinner"]))
    for number in range(min(int(person.habits.snacks + uniform[2]), 3)):
        first = (person.home.lunch_min + 110, outline.wake_min + 160, person.home.dinner_min + 90)[number]
        planned.append(("Snack", first + 50 * uniform[3 + number], _SNACK_SHARE * (0.6 + 0.8 * uniform[6 + number])))
    timed = [
        (meal, min(_not_while_training(today, minute), latest), share * max(1 + 0.15 * normal[2 + at], 0.4))
        for at, (meal, minute, share) in enumerate(planned)
    ]
    return sorted(timed, key=lambda each: each[1])


def _not_while_training(today: Today, minute: float) -> float:
    for session in today.outline.sessions:
        if session.start_min - 30 < minute < session.end_min + 15:
            return session.end_min + 20 + minute % 10
    return minute


def _meal(today: Today, meal: MealType, dish: Dish, *, item_id: str, second: float, kcal: float) -> Item:
    carbs, protein, fat = _grams(dish, today.person.diet, kcal)
    return Meal(
        meal_id=item_id,
        timestamp=today.local.moment(second),
        # Atwater's factors: 4, 4 and 9 kcal a gram.
        calories=round(4 * carbs + 4 * protein + 9 * fat),
        meal_type=meal,
        carbs_g=carbs,
        protein_g=protein,
        fat_g=fat,
        fiber_g=round(dish.fiber * kcal / 1000, 1),
        sugar_g=round(dish.sugar * carbs, 1),
        sodium_mg=round(dish.sodium * kcal / 1000),
        name=dish.name,
    )


def _grams(dish: Dish, diet: Diet, kcal: float) -> tuple[float, float, float]:
    def share(of_dish: float, of_diet: float) -> float:
        return kcal * (_OF_DISH * of_dish + (1 - _OF_DISH) * of_diet)

    return (
        round(share(dish.carbs, diet.carbs) / 4, 1),
        round(share(dish.protein, diet.protein) / 4, 1),
        round(share(dish.fat, diet.fat) / 9, 1),
    )
