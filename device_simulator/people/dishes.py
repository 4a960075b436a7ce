"""What people eat: dishes with their make-up, and the diets that choose among them.

Shares of energy are typical of the dish and sum to one; they are not a food table's values.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Literal

MealType = Literal["Breakfast", "Lunch", "Dinner", "Snack"]


class Origin(IntEnum):
    """The strictest habit that a dish suits; each includes those above it."""

    VEGAN = 0
    VEGETARIAN = 1
    FISH = 2
    MEAT = 3


@dataclass(frozen=True, slots=True)
class Dish:
    """A dish.

    Attributes:
        name: as people log it.
        origin: the strictest habit that it suits.
        carbs, protein, fat: shares of its energy.
        fiber: g a 1000 kcal.
        sugar: part of its carbohydrates.
        sodium: mg a 1000 kcal.
    """

    name: str
    origin: Origin
    carbs: float
    protein: float
    fat: float
    fiber: float
    sugar: float
    sodium: float


@dataclass(frozen=True, slots=True)
class Diet:
    """How a person eats.

    Attributes:
        name: of the diet.
        origin: what is eaten at most.
        carbs, protein, fat: shares of the day's energy that it aims at.
        most_carbs: dishes with a greater share of carbohydrates are left out.
    """

    name: str
    origin: Origin
    carbs: float
    protein: float
    fat: float
    most_carbs: float = 1.0


DIETS = (
    Diet("omnivore", Origin.MEAT, 0.47, 0.17, 0.36),
    Diet("mediterranean", Origin.FISH, 0.45, 0.18, 0.37),
    Diet("vegetarian", Origin.VEGETARIAN, 0.52, 0.15, 0.33),
    Diet("vegan", Origin.VEGAN, 0.56, 0.14, 0.30),
    Diet("high protein", Origin.MEAT, 0.40, 0.29, 0.31),
    Diet("low carb", Origin.MEAT, 0.20, 0.25, 0.55, most_carbs=0.35),
)

_VEGAN, _VEGETARIAN, _FISH, _MEAT = Origin

MENU: dict[MealType, tuple[Dish, ...]] = {
    "Breakfast": (
        Dish("Oatmeal with berries", _VEGAN, 0.66, 0.14, 0.20, 24, 0.22, 180),
        Dish("Wholegrain toast with peanut butter", _VEGAN, 0.46, 0.16, 0.38, 17, 0.16, 900),
        Dish("Muesli with yoghurt", _VEGETARIAN, 0.56, 0.17, 0.27, 15, 0.36, 260),
        Dish("Scrambled eggs on toast", _VEGETARIAN, 0.28, 0.24, 0.48, 7, 0.10, 1_350),
        Dish("Skyr with nuts and fruit", _VEGETARIAN, 0.34, 0.32, 0.34, 10, 0.72, 220),
        Dish("Omelette with spinach and feta", _VEGETARIAN, 0.08, 0.30, 0.62, 6, 0.40, 1_600),
        Dish("Tofu scramble with vegetables", _VEGAN, 0.20, 0.32, 0.48, 15, 0.40, 1_100),
        Dish("Ham and cheese roll", _MEAT, 0.46, 0.22, 0.32, 7, 0.10, 1_900),
        Dish("Croissant and coffee with milk", _VEGETARIAN, 0.46, 0.10, 0.44, 5, 0.30, 850),
    ),
    "Lunch": (
        Dish("Lentil soup with bread", _VEGAN, 0.58, 0.22, 0.20, 28, 0.10, 1_500),
        Dish("Falafel bowl with hummus", _VEGAN, 0.48, 0.14, 0.38, 22, 0.10, 1_250),
        Dish("Rice and beans", _VEGAN, 0.66, 0.16, 0.18, 24, 0.05, 950),
        Dish("Vegetable curry with rice", _VEGAN, 0.58, 0.11, 0.31, 16, 0.16, 1_050),
        Dish("Caprese sandwich", _VEGETARIAN, 0.44, 0.18, 0.38, 8, 0.10, 1_400),
        Dish("Paneer with chapati", _VEGETARIAN, 0.40, 0.19, 0.41, 11, 0.10, 1_150),
        Dish("Halloumi salad", _VEGETARIAN, 0.14, 0.24, 0.62, 9, 0.45, 1_700),
        Dish("Greek salad with tofu", _VEGAN, 0.20, 0.24, 0.56, 14, 0.45, 1_200),
        Dish("Tuna salad", _FISH, 0.16, 0.42, 0.42, 9, 0.40, 1_250),
        Dish("Salmon poke bowl", _FISH, 0.48, 0.23, 0.29, 9, 0.15, 1_350),
        Dish("Chicken wrap", _MEAT, 0.42, 0.27, 0.31, 9, 0.09, 1_450),
        Dish("Chicken with rice and broccoli", _MEAT, 0.45, 0.35, 0.20, 9, 0.07, 800),
        Dish("Turkey breast salad", _MEAT, 0.14, 0.46, 0.40, 9, 0.45, 1_100),
    ),
    "Dinner": (
        Dish("Pasta with tomato sauce", _VEGAN, 0.66, 0.13, 0.21, 13, 0.14, 950),
        Dish("Chili sin carne", _VEGAN, 0.54, 0.21, 0.25, 29, 0.14, 1_150),
        Dish("Stir-fried tofu with noodles", _VEGAN, 0.50, 0.19, 0.31, 12, 0.12, 1_600),
        Dish("Tempeh with roasted vegetables", _VEGAN, 0.24, 0.26, 0.50, 19, 0.35, 800),
        Dish("Vegetable lasagne", _VEGETARIAN, 0.42, 0.17, 0.41, 11, 0.16, 1_150),
        Dish("Dal with rice", _VEGAN, 0.62, 0.17, 0.21, 22, 0.06, 1_000),
        Dish("Mushroom omelette with salad", _VEGETARIAN, 0.10, 0.28, 0.62, 8, 0.45, 1_200),
        Dish("Baked salmon with potatoes", _FISH, 0.32, 0.28, 0.40, 8, 0.08, 650),
        Dish("Sea bass with vegetables", _FISH, 0.14, 0.42, 0.44, 10, 0.45, 750),
        Dish("Steak with vegetables", _MEAT, 0.10, 0.38, 0.52, 7, 0.45, 750),
        Dish("Chicken curry with rice", _MEAT, 0.46, 0.24, 0.30, 7, 0.10, 1_150),
        Dish("Beef burger with fries", _MEAT, 0.40, 0.17, 0.43, 7, 0.09, 1_150),
        Dish("Pizza Margherita", _VEGETARIAN, 0.50, 0.16, 0.34, 9, 0.08, 1_500),
    ),
    "Snack": (
        Dish("Banana", _VEGAN, 0.93, 0.04, 0.03, 29, 0.54, 10),
        Dish("Apple with almond butter", _VEGAN, 0.42, 0.09, 0.49, 22, 0.75, 20),
        Dish("Mixed nuts", _VEGAN, 0.14, 0.13, 0.73, 13, 0.25, 250),
        Dish("Protein shake", _VEGETARIAN, 0.16, 0.68, 0.16, 4, 0.50, 900),
        Dish("Pea protein shake", _VEGAN, 0.14, 0.70, 0.16, 8, 0.20, 1_400),
        Dish("Greek yoghurt", _VEGETARIAN, 0.20, 0.34, 0.46, 0, 0.95, 380),
        Dish("Dark chocolate", _VEGETARIAN, 0.32, 0.06, 0.62, 18, 0.60, 30),
        Dish("Ice cream", _VEGETARIAN, 0.46, 0.07, 0.47, 3, 0.88, 380),
        Dish("Hummus with carrots", _VEGAN, 0.40, 0.15, 0.45, 27, 0.40, 1_500),
        Dish("Cheese cubes", _VEGETARIAN, 0.02, 0.25, 0.73, 0, 0.30, 1_550),
    ),
}


@lru_cache(maxsize=64)
def dishes(diet: Diet, meal: MealType) -> tuple[Dish, ...]:
    """What a person of this diet may have; never empty."""
    return tuple(dish for dish in MENU[meal] if dish.origin <= diet.origin and dish.carbs <= diet.most_carbs)
